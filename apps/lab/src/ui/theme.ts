// Light or dark: as the system says, unless somebody chose.

import { signal } from '@preact/signals'
import { recall, remember } from '../words/memory.ts'

export type Theme = 'light' | 'dark'

const system = matchMedia('(prefers-color-scheme: dark)')
const systemTheme = (): Theme => (system.matches ? 'dark' : 'light')

const kept = recall('theme')
let chosen: Theme | undefined = kept === 'light' || kept === 'dark' ? kept : undefined

export const theme = signal<Theme>(chosen ?? systemTheme())

const show = (): void => {
  document.documentElement.dataset['theme'] = theme.value
}
show()

system.addEventListener('change', () => {
  if (chosen !== undefined) return
  theme.value = systemTheme()
  show()
})

export function switchTheme(): void {
  chosen = theme.value === 'dark' ? 'light' : 'dark'
  theme.value = chosen
  remember('theme', chosen)
  show()
}
