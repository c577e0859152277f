// In place of the default theme's: a page that exists in one language alone leads to the other's first page, not to one that is missing.

import { useData } from 'vitepress'
import { computed } from 'vue'

export function useLangs({ correspondingLink = false } = {}) {
  const { site, localeIndex, page, theme, hash } = useData()
  const startOf = (key: string): string => site.value.locales[key]?.link ?? (key === 'root' ? '/' : `/${key}/`)
  const currentLang = computed(() => ({
    label: site.value.locales[localeIndex.value]?.label,
    link: startOf(localeIndex.value),
  }))
  const localeLinks = computed(() => {
    const here = page.value.relativePath.slice(currentLang.value.link.length - 1)
    const isInBoth = correspondingLink && (theme.value['bilingual'] as string[]).includes(here)
    const address = isInBoth ? here.replace(/(^|\/)index\.md$/, '$1').replace(/\.md$/, '.html') + hash.value : ''
    return Object.entries(site.value.locales)
      .filter(([key]) => key !== localeIndex.value)
      .map(([key, { label }]) => ({ text: label, link: startOf(key) + address }))
  })
  return { localeLinks, currentLang }
}
