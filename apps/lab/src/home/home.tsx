// The first page: every view as a living miniature.

import { Icon } from '../ui/icons.tsx'
import { Lazy } from '../ui/lazy.tsx'
import { viewMessages } from '../views/messages.ts'
import { loadMiniature, viewNames } from '../views/views.ts'
import { homeMessages } from './messages.ts'
import './home.css'

const noProps = {}

interface HomeProps {
  /** A view that was asked for and is none. */
  readonly unknown: string | undefined
}

export function Home({ unknown }: HomeProps) {
  const words = homeMessages()
  const about = viewMessages()
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
        {viewNames.map((name) => (
          <li key={name} class="card miniature">
            <div class="miniature-picture" aria-hidden="true">
              <Lazy load={loadMiniature[name]} props={noProps} />
            </div>
            <div class="miniature-words">
              <h2>{about[name].name}</h2>
              <p>{about[name].what}</p>
              <a class="button primary" href={`#/${name}`}>
                {words.open(about[name].name)}
                <Icon name="right" />
              </a>
            </div>
          </li>
        ))}
      </ul>
    </div>
  )
}
