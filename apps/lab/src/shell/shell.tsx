// The frame around every view: its name, the way to the others, language and colours.

import { useEffect, useRef } from 'preact/hooks'
import { restarts, workerLost } from '../engine/index.ts'
import { Icon } from '../ui/icons.tsx'
import { Lazy } from '../ui/lazy.tsx'
import { uiMessages } from '../ui/messages.ts'
import { switchTheme, theme } from '../ui/theme.ts'
import { viewNamesIn } from '../views/messages.ts'
import { isViewName, loadView, type ViewName, viewNames } from '../views/views.ts'
import { type Language, language, languages, languageTag, speak } from '../words/language.ts'
import { lacks } from './lacks.ts'
import { forgetAddress, keepInAddress, place } from './location.ts'
import { shellMessages } from './messages.ts'

const keepers = Object.fromEntries(
  viewNames.map((name) => [name, (params: URLSearchParams) => keepInAddress(name, params)]),
)

const loadLacking = async () => (await import('./lacking.tsx')).Lacking

const [simd, isolation] = [{ lack: 'simd' }, { lack: 'isolation' }] as const

/** The first page: who comes to a view does not wait for it. */
export const loadHome = async () => (await import('../home/home.tsx')).Home

export function Shell() {
  const words = shellMessages()
  const { view, params } = place.value
  const open = isViewName(view) ? view : undefined
  const main = useRef<HTMLElement>(null)
  const name = open === undefined ? words.lab : words.title(viewNamesIn()[open])
  useEffect(() => {
    document.title = name
    document.documentElement.lang = languageTag.value
  }, [name])
  const before = useRef(view)
  useEffect(() => {
    if (before.current !== view) {
      main.current?.focus()
      scrollTo(0, 0)
    }
    before.current = view
    return forgetAddress
  }, [view])
  return (
    <>
      <button type="button" class="skip" onClick={() => main.current?.focus()}>
        {words.toContent}
      </button>
      <Header open={open} />
      <main id="content" ref={main} tabIndex={-1}>
        {lacks.includes('simd') && <Lazy load={loadLacking} props={simd} />}
        {workerLost.value && (
          <p class="notice" role="alert">
            {uiMessages().lost}{' '}
            <button type="button" onClick={() => restarts.value++}>
              {uiMessages().restart}
            </button>
          </p>
        )}
        {open === undefined ? (
          <Lazy load={loadHome} props={{ unknown: view === '' ? undefined : view }} />
        ) : (
          <Lazy key={open} load={loadView[open]} props={{ params, keep: keepers[open] }} />
        )}
        {lacks.includes('isolation') && <Lazy load={loadLacking} props={isolation} />}
      </main>
    </>
  )
}

function Header({ open }: { readonly open: ViewName | undefined }) {
  const words = shellMessages()
  const dark = theme.value === 'dark'
  return (
    <header class="top">
      <a class="mark" href="#/" aria-current={open === undefined ? 'page' : undefined}>
        <svg viewBox="0 0 20 20" width="24" height="24" aria-hidden="true">
          <rect class="mark-on" x="0" y="0" width="9" height="9" rx="2" />
          <rect class="mark-off" x="11" y="0" width="9" height="9" rx="2" />
          <rect class="mark-off" x="0" y="11" width="9" height="9" rx="2" />
          <rect class="mark-on" x="11" y="11" width="9" height="9" rx="2" />
        </svg>
        <span>{words.lab}</span>
      </a>
      <nav aria-label={words.views}>
        {viewNames.map((name) => (
          <a key={name} href={`#/${name}`} aria-current={open === name ? 'page' : undefined}>
            {viewNamesIn()[name]}
          </a>
        ))}
      </nav>
      <div class="top-tools">
        <label class="unseen" for="language">
          {words.language}
        </label>
        <select id="language" value={language.value} onChange={(event) => speak(event.currentTarget.value as Language)}>
          {Object.entries(languages).map(([tag, own]) => (
            <option key={tag} value={tag} lang={tag === 'zh' ? 'zh-Hans' : tag} selected={tag === language.value}>
              {own}
            </option>
          ))}
        </select>
        <button
          type="button"
          class="plain"
          aria-label={dark ? words.toLight : words.toDark}
          title={dark ? words.toLight : words.toDark}
          onClick={switchTheme}
        >
          <Icon name={dark ? 'sun' : 'moon'} />
        </button>
      </div>
    </header>
  )
}
