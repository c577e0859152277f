// What is learned from: digits that the library draws, own drawings, own pictures.

import { useSignal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { Tile } from '../drawing/tile.tsx'
import { Choice, Select } from '../ui/fields.tsx'
import { Lazy } from '../ui/lazy.tsx'
import { listed } from '../words/phrases.ts'
import { DrawingsPanel } from './drawings-panel.tsx'
import { engine } from './engine.ts'
import { wholeText } from './formats.ts'
import { trainMessages } from './messages.ts'
import type { Trainer } from './model.ts'
import { missingIn, ownOf } from './own.ts'
import { exampleCounts, sources, suited } from './settings.ts'
import { type BytePictures, picturesTask } from './task.ts'

const loadPictures = async () => (await import('./pictures-panel.tsx')).PicturesPanel
const noProps = {}

export function DataPanel({ trainer }: { readonly trainer: Trainer }) {
  const words = trainMessages()
  const settings = trainer.settings.value
  const opened = trainer.opened.value
  const { source } = settings
  return (
    <section class="card data-panel" aria-labelledby="data-title">
      <h2 id="data-title">{words.data}</h2>
      <Choice
        label={words.source}
        hideLabel
        value={source}
        options={sources.map((name) => [name, words.sources[name]] as const)}
        onChange={(next) => {
          trainer.settings.value = { ...trainer.settings.peek(), ...suited(next) }
        }}
      />
      {source === 'digits' && <Digits trainer={trainer} />}
      {source === 'drawings' && <DrawingsPanel />}
      {source === 'pictures' && <Lazy load={loadPictures} props={noProps} />}
      {source !== 'digits' && <Lacking source={source} />}
      {opened !== undefined && (
        <p class="hint" data-fact="counts">
          {words.held(wholeText(opened.counts.train), wholeText(opened.counts.test))}
        </p>
      )}
    </section>
  )
}

function Lacking({ source }: { readonly source: 'drawings' | 'pictures' }) {
  const words = trainMessages()
  const missing = missingIn(ownOf(source))
  if (!missing.classes && missing.few.length === 0) return null
  return (
    <p class="notice" role="status">
      {missing.classes ? words.lackClasses : words.lackPictures(listed(missing.few))}
    </p>
  )
}

/** Two of each digit. */
const shown = Array.from({ length: 20 }, (_, i) => i)

function Digits({ trainer }: { readonly trainer: Trainer }) {
  const words = trainMessages()
  const pictures = useSignal<BytePictures | undefined>(undefined)
  const run = trainer.opened.value?.run
  useEffect(() => {
    void trainer
      .ask((own) => engine.ask('train-digits', picturesTask, { run: own, part: 'train', indices: shown }))
      .then((found) => {
        if (found !== undefined) pictures.value = found
      })
  }, [run])
  const found = pictures.value
  return (
    <>
      <p class="hint">{words.digitsNote}</p>
      <ul class="tiles picture-tiles small digits" aria-label={words.data}>
        {shown.map((i) => (
          <li key={i}>
            {found?.pictures[i] !== undefined && (
              <Tile
                {...{ values: found.pictures[i], width: found.width, height: found.height, as: 'ink' }}
                label={String(i % 10)}
              />
            )}
          </li>
        ))}
      </ul>
      <Select
        label={words.examples}
        value={String(trainer.settings.value.examples)}
        options={exampleCounts.map((count) => [String(count), wholeText(count)] as const)}
        onChange={(count) => {
          trainer.settings.value = { ...trainer.settings.peek(), examples: Number(count) }
        }}
      />
    </>
  )
}
