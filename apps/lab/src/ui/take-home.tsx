// What somebody takes along: the picture, and the code that gives the same numbers.

import { useSignal } from '@preact/signals'
import { named } from '../words/phrases.ts'
import { saveFile, svgToPng } from './files.ts'
import { uiMessages } from './messages.ts'

interface Program {
  readonly id: string
  readonly name: string
  readonly text: string
}

interface TakeHomeProps {
  readonly title: string
  readonly note: string
  readonly programs: readonly Program[]
  readonly fileName: string
  /** The picture as SVG text, which PNG is made of where there is no other; undefined where the view draws none. */
  readonly svg?: (() => string) | undefined
  readonly png?: (() => Promise<Blob | undefined>) | undefined
}

export function TakeHome({ title, note, programs, fileName, svg, png }: TakeHomeProps) {
  const words = uiMessages()
  const chosen = useSignal(programs[0].id)
  const said = useSignal('')
  const program = programs.find(({ id }) => id === chosen.value) ?? programs[0]
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(program.text)
      said.value = words.copied
    } catch {
      said.value = words.copyFailed
    }
  }
  const savePng = async (): Promise<void> => {
    const bytes = png === undefined ? svg && (await svgToPng(svg())) : await png()
    if (bytes === undefined) said.value = words.saveFailed
    else saveFile(`${fileName}.png`, bytes)
  }
  return (
    <section class="card take-home" aria-labelledby="take-home">
      <h2 id="take-home">{title}</h2>
      <p class="note">{note}</p>
      <div class="bar">
        <fieldset class="choice">
          <legend class="unseen">{words.language}</legend>
          <div class="choice-row">
            {programs.map(({ id, name }) => (
              <label key={id} class={id === program.id ? 'chosen' : undefined}>
                <input
                  type="radio"
                  class="unseen"
                  name="program"
                  value={id}
                  checked={id === program.id}
                  onChange={() => {
                    chosen.value = id
                    said.value = ''
                  }}
                />
                {name}
              </label>
            ))}
          </div>
        </fieldset>
        <button type="button" onClick={copy}>
          {words.copy}
        </button>
        <span class="gap" />
        {svg !== undefined && (
          <button
            type="button"
            onClick={() => saveFile(`${fileName}.svg`, new Blob([svg()], { type: 'image/svg+xml' }))}
          >
            {words.saveSvg}
          </button>
        )}
        <button type="button" disabled={svg === undefined && png === undefined} onClick={savePng}>
          {words.savePng}
        </button>
      </div>
      <p class="said" role="status">
        {said.value}
      </p>
      <section aria-label={named(words.code, program.name)}>
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: long code scrolls, by the keyboard as well */}
        <pre tabIndex={0} data-program={program.id}>
          <code>{program.text}</code>
        </pre>
      </section>
    </section>
  )
}
