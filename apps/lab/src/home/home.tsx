// The first page: every view as a living miniature.

import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { Icon } from '../ui/icons.tsx'
import { Lazy } from '../ui/lazy.tsx'
import { viewNamesIn } from '../views/messages.ts'
import { loadMiniature, viewNames } from '../views/views.ts'
import { aboutViews } from './about.ts'
import { homeMessages } from './messages.ts'
import './home.css'

const noProps = {}

/** Milliseconds from one miniature to the next: each brings a worker of its own, and the page is there for the visitor first. */
const between = 1200

interface HomeProps {
  /** A view that was asked for and is none. */
  readonly unknown: string | undefined
}

export function Home({ unknown }: HomeProps) {
  const words = homeMessages()
  const about = aboutViews()
  const names = viewNamesIn()
  const started = useSignal(1)
  const count = started.value
  useEffect(() => {
    if (count >= viewNames.length) return
    const timer = setTimeout(() => {
      started.value = count + 1
    }, between)
    return () => clearTimeout(timer)
  }, [count, started])
  return (
    <div class="home">
      {unknown !== undefined && (
        <p class="notice" role="status">
          {words.noView(unknown)}
        </p>
      )}
      <header class="home-head">
        <h1>{words.lead}</h1>
        <p class="lead">{words.intro}</p>
      </header>
      <ul class="miniatures">
        {viewNames.map((name, index) => (
          <li key={name} class="card miniature">
            <div class="miniature-picture" aria-hidden="true">
              {index < count && <Lazy load={loadMiniature[name]} props={noProps} />}
            </div>
            <div class="miniature-words">
              <h2>{names[name]}</h2>
              <p>{about[name]}</p>
              <a class="button primary" href={`#/${name}`}>
                {words.open(names[name])}
                <Icon name="right" />
              </a>
            </div>
          </li>
        ))}
      </ul>
    </div>
  )
}
