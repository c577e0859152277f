// The order of the pages, in both languages. What a page is called is its first heading.

import { existsSync, readFileSync } from 'node:fs'
import type { DefaultTheme } from 'vitepress'
import { addressOf, pageOf, pagesIn, root } from './addresses.ts'

type Language = 'en' | 'zh'

/** A group's name in both languages, and its files: guides, or others by their path within the repository. */
const groups: readonly (readonly [en: string, zh: string, files: readonly string[]])[] = [
  ['Begin', '入门', ['README.md', 'first-ten-minutes', 'start-library', 'start-command', 'start-page']],
  ['Convolution', '卷积', ['convolution', 'fourier', 'choosing', 'memory']],
  ['Tensors and networks', '张量与网络', ['tensors', 'training', 'loop', 'own-parts']],
  ['In the page', '在页面里', ['pictures-in-a-page', 'save-in-a-page', 'train-in-the-page']],
  ['Tasks for the command', '用命令完成任务', ['classify', 'segment', 'detect', 'sentiment', 'sequences']],
  ['Models of other tools', '其他工具的模型', ['models', 'from-tensorflow-js', 'finetune-and-ship']],
  ['Where it runs', '在哪里运行', ['bundlers', 'ranks']],
]

const about: readonly (readonly [en: string, zh: string, files: readonly string[]])[] = [
  ['Facts', '资料', ['FEATURES.md', 'docs/formulas.md', 'docs/edges.md', 'docs/figures.md', 'CHANGELOG.md']],
  [
    'How it is made',
    '内部原理',
    ['docs/engine.md', 'docs/performance.md', 'bench/README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md'],
  ],
]

/** Names in the sidebar where the first heading does not do. */
const renamed: Readonly<Record<string, string>> = {
  'README.md': 'Introduction',
  'README.zh-CN.md': '简介',
  'bench/README.md': 'Benchmarks',
}

/** The Chinese page of a file, or the English one where there is none. */
function inLanguage(file: string, language: Language): string {
  if (language === 'en') return file
  const translated = file === 'README.md' ? 'README.zh-CN.md' : file.replace(/^docs\//, 'docs/zh/')
  return existsSync(`${root}/${translated}`) ? translated : file
}

/** The first heading, without the number that some decisions have in it. */
export const titleOf = (file: string): string =>
  renamed[file] ??
  /^# (?:\d+[.:] )?(.+)$/m.exec(readFileSync(`${root}/${file}`, 'utf8'))?.[1].replaceAll('`', '') ??
  file

const isEnglish = (file: string): boolean => !/zh-CN|\/zh\//.test(file)

function item(file: string, language: Language): DefaultTheme.SidebarItem {
  const shown = inLanguage(file, language)
  const note = language === 'zh' && isEnglish(shown) ? '（英文）' : ''
  return { text: titleOf(shown) + note, link: addressOf(pageOf(shown) ?? shown) }
}

const fileOf = (name: string): string => (name.endsWith('.md') ? name : `docs/guides/${name}.md`)

const groupsIn = (list: typeof groups, language: Language): DefaultTheme.SidebarItem[] =>
  list.map(([en, zh, files]) => ({
    text: language === 'en' ? en : zh,
    items: files.map((name) => item(fileOf(name), language)),
  }))

const decisions = (language: Language): DefaultTheme.SidebarItem => ({
  text: language === 'en' ? 'Decisions' : '设计决策（英文）',
  link: '/decisions/',
  collapsed: true,
  items: pagesIn('docs/decisions').map((file) => item(file, 'en')),
})

export const sidebarOf = (language: Language): DefaultTheme.SidebarItem[] => [
  ...groupsIn(groups, language),
  ...groupsIn(about, language),
  decisions(language),
]

/** Every guide has its place. */
export const listed = groups.flatMap(([, , files]) => files.map(fileOf))
