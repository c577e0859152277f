import { fileURLToPath } from 'node:url'
import type { Plugin } from 'vite'
import { type DefaultTheme, defineConfigWithTheme } from 'vitepress'
import { bilingual, notShown, pageOf, root } from '../src/addresses.ts'
import { liveExamples } from '../src/examples.ts'
import { linksOfTheSite } from '../src/links.ts'
import { referenceSidebar } from '../src/reference-sidebar.ts'
import { search } from '../src/search.ts'
import { sidebarOf } from '../src/sidebar.ts'
import { tablesByKeyboard } from '../src/tables.ts'
import { words } from './words.ts'

const here = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url))

/** The pages lie outside of this folder, where Vue would not be found. */
const vueOfTheSite: Plugin = {
  name: 'vue-of-the-site',
  enforce: 'pre',
  resolveId(source, importer, { ssr }) {
    if (!/^vue($|\/server-renderer$)/.test(source)) return null
    if (ssr) return { id: source, external: true }
    if (importer?.endsWith('.md') !== true) return null
    return this.resolve(source, here('.vitepress/config.ts'), { skipSelf: true })
  },
}

const base = process.env.SITE_BASE ?? '/'

interface Theme extends DefaultTheme.Config {
  /** Pages that there are in both languages. */
  bilingual?: string[]
}

const themeOf = (language: 'en' | 'zh'): Theme => ({
  ...words[language],
  sidebar: { '/reference/': referenceSidebar(), '/': sidebarOf('en'), '/zh/': sidebarOf('zh') },
})

export default defineConfigWithTheme<Theme>({
  base,
  title: 'Convoke',
  srcDir: root,
  srcExclude: notShown,
  outDir: here('out/site'),
  cacheDir: here('out/cache'),
  rewrites: (source) => pageOf(source) ?? source,
  // One file of what all pages have in common, in place of a copy in each.
  metaChunk: true,
  head: [['link', { rel: 'icon', type: 'image/svg+xml', href: `${base}icon.svg` }]],
  markdown: {
    config(markdown) {
      linksOfTheSite(markdown)
      liveExamples(markdown)
      tablesByKeyboard(markdown)
    },
    theme: { light: 'github-light-high-contrast', dark: 'github-dark-default' },
  },
  vite: {
    publicDir: fileURLToPath(new URL('../../lab/public', import.meta.url)),
    plugins: [vueOfTheSite],
    resolve: {
      // The switch of languages leads to pages that there are.
      alias: [{ find: /^.*\/composables\/langs(\.js)?$/, replacement: here('.vitepress/theme/languages.ts') }],
    },
    worker: { format: 'es' },
    build: { chunkSizeWarningLimit: 2000 },
    server: { fs: { allow: [root] } },
  },
  themeConfig: { logo: '/icon.svg', search: search(), bilingual: bilingual() },
  locales: {
    root: {
      label: 'English',
      lang: 'en',
      description: 'Convolution for TypeScript: every kind of it, with every gradient, in Node and in the browser.',
      themeConfig: themeOf('en'),
    },
    zh: {
      label: '简体中文',
      lang: 'zh-CN',
      link: '/zh/',
      description: 'TypeScript 的卷积库：各种卷积，全部带梯度，运行于 Node 与浏览器。',
      themeConfig: themeOf('zh'),
    },
  },
})
