// The language of the page, and texts in both.

import { computed, signal } from '@preact/signals'
import { recall, remember } from './memory.ts'

export type Language = 'en' | 'zh'

export const languages: Readonly<Record<Language, string>> = { en: 'English', zh: '简体中文' }

const isLanguage = (value: string | undefined): value is Language => value === 'en' || value === 'zh'

function preferred(): Language {
  const kept = recall('language')
  if (isLanguage(kept)) return kept
  // The first of the visitor's languages that the page speaks. Outside of pages there is none.
  const wanted = globalThis.navigator?.languages ?? []
  return wanted.map((tag) => tag.toLowerCase().split('-')[0]).find(isLanguage) ?? 'en'
}

export const language = signal<Language>(preferred())

/** BCP 47, for `lang` and for numbers. */
export const languageTag = computed(() => (language.value === 'zh' ? 'zh-Hans' : 'en'))

export function speak(chosen: Language): void {
  language.value = chosen
  remember('language', chosen)
}

/** The same texts in every language: what one lacks fails to compile. Reading them follows the language of the page. */
export function defineMessages<T>(en: T, zh: NoInfer<T>): () => T {
  const all: Record<Language, T> = { en, zh }
  return () => all[language.value]
}
