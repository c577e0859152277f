// Own classes: their names, their pictures, and ways to bring more.

// biome-ignore-all lint/a11y/useSemanticElements: pictures in a row that arrows walk
// biome-ignore-all lint/a11y/useFocusableInteractive: the buttons in the cells take the focus

import { useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useId } from 'preact/hooks'
import { Tile } from '../drawing/tile.tsx'
import { trainMessages } from './messages.ts'
import { changeOwn, className, formOf, mostClasses, type OwnClass, ownOf } from './own.ts'
import type { Source } from './settings.ts'

const mostTiles = 40

/** What was taken away last. It can be brought back until something else changes: that would be lost. */
interface Removal {
  readonly before: readonly OwnClass[]
  readonly after: readonly OwnClass[]
  readonly what: string
}

interface OwnPanelProps {
  readonly source: Exclude<Source, 'digits'>
  /** What stands beside a class: ways to bring pictures. */
  readonly tools?: (own: OwnClass, index: number) => ComponentChildren
}

export function OwnPanel({ source, tools }: OwnPanelProps) {
  const words = trainMessages()
  const id = useId()
  const name = useSignal('')
  const problem = useSignal<string | undefined>(undefined)
  const removal = useSignal<Removal | undefined>(undefined)
  const { classes } = ownOf(source)
  const change = (next: readonly OwnClass[], removed?: string): void => {
    removal.value = removed === undefined ? undefined : { before: classes, after: next, what: removed }
    changeOwn(source, next)
  }
  const add = (): void => {
    const given = className(
      name.peek(),
      classes.map((one) => one.name),
    )
    const full = classes.length >= mostClasses
    problem.value = full ? words.tooManyClasses : given === undefined ? words.nameTaken : undefined
    if (given === undefined || full) return
    change([...classes, { name: given, pictures: [] }])
    name.value = ''
  }
  return (
    <div class="own">
      <ul class="own-classes">
        {classes.map((one, index) => (
          <li key={index} class="own-class">
            <div class="own-head">
              <ClassName
                own={one}
                others={classes.filter((_, i) => i !== index)}
                onChange={(next) => change(classes.with(index, { ...one, name: next }))}
              />
              <span class="hint">{words.classCount(one.pictures.length)}</span>
              <button
                type="button"
                class="plain"
                aria-label={words.removeClass(one.name)}
                title={words.removeClass(one.name)}
                onClick={() => change(classes.toSpliced(index, 1), one.name)}
              >
                ×
              </button>
            </div>
            <OwnTiles
              {...{ source, own: one }}
              onRemove={(at) =>
                change(
                  classes.with(index, { ...one, pictures: one.pictures.toSpliced(at, 1) }),
                  `${one.name} ${at + 1}`,
                )
              }
            />
            {tools?.(one, index)}
          </li>
        ))}
      </ul>
      {removal.value?.after === classes && (
        <p class="notice" role="status">
          {words.removed(removal.value.what)}
          <button type="button" onClick={() => change(removal.peek()!.before)}>
            {words.undo}
          </button>
        </p>
      )}
      <form
        class="bar new-class"
        onSubmit={(event) => {
          event.preventDefault()
          add()
        }}
      >
        <label class="unseen" for={id}>
          {words.newClass}
        </label>
        <input
          id={id}
          class="text-field"
          type="text"
          value={name.value}
          placeholder={words.newClass}
          autocomplete="off"
          onInput={(event) => {
            name.value = event.currentTarget.value
          }}
        />
        <button type="submit">{words.addClass}</button>
      </form>
      {problem.value !== undefined && (
        <p class="notice" role="alert">
          {problem.value}
        </p>
      )}
    </div>
  )
}

interface ClassNameProps {
  readonly own: OwnClass
  readonly others: readonly OwnClass[]
  readonly onChange: (name: string) => void
}

function ClassName({ own, others, onChange }: ClassNameProps) {
  const words = trainMessages()
  return (
    <input
      class="text-field"
      type="text"
      aria-label={words.className(own.name)}
      value={own.name}
      autocomplete="off"
      onChange={(event) => {
        const given = className(
          event.currentTarget.value,
          others.map(({ name }) => name),
        )
        // A name that cannot be is put back as it was.
        event.currentTarget.value = given ?? own.name
        if (given !== undefined && given !== own.name) onChange(given)
      }}
    />
  )
}

interface OwnTilesProps {
  readonly source: Exclude<Source, 'digits'>
  readonly own: OwnClass
  readonly onRemove: (index: number) => void
}

function OwnTiles({ source, own, onRemove }: OwnTilesProps) {
  const words = trainMessages()
  const { width, height, channels } = formOf(source)
  const { pictures, name } = own
  if (pictures.length === 0) return null
  const from = Math.max(0, pictures.length - mostTiles)
  return (
    <div class="own-tiles">
      <div class="tiles picture-tiles small" role="grid" aria-label={name} onKeyDown={onRowKey}>
        <div role="row">
          {pictures.slice(from).map((values, i) => (
            <span key={from + i} role="gridcell">
              <button
                type="button"
                class="tile-button"
                tabIndex={i === 0 ? 0 : -1}
                aria-label={words.pictureOf(name, from + i)}
                title={words.pictureOf(name, from + i)}
                onClick={() => onRemove(from + i)}
              >
                <Tile {...{ values, width, height, channels, as: 'ink' }} />
              </button>
            </span>
          ))}
        </div>
      </div>
      {from > 0 && <p class="hint">{words.morePictures(from)}</p>}
    </div>
  )
}

/** Left and right within a row of buttons. */
function onRowKey(event: KeyboardEvent): void {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key]
  if (step === undefined) return
  const buttons = [...(event.currentTarget as HTMLElement).querySelectorAll('button')]
  const next = buttons[buttons.indexOf(event.target as HTMLButtonElement) + step]
  if (next === undefined) return
  event.preventDefault()
  next.focus()
}
