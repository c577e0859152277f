// What the colours of masks stand for.

import { colourOf } from 'convoke-workbench'
import { segmentMessages } from './messages.ts'

/** Of the class with that index; the ground has none. */
export const classColour = (label: number): string =>
  label === 0 ? 'transparent' : `rgb(${colourOf(label - 1).join(' ')})`

interface ClassNameProps {
  readonly label: number
  /** Said before the name. */
  readonly prefix?: string
}

/** A class with its colour. */
export const ClassName = ({ label, prefix = '' }: ClassNameProps) => (
  <span class="class-name">
    <span class="swatch" style={{ background: classColour(label) }} aria-hidden="true" />
    {prefix}
    {segmentMessages().classes[label]}
  </span>
)

export const Legend = () => {
  const words = segmentMessages()
  return (
    <ul class="class-legend">
      {words.classes.map((name, label) => (
        <li key={name}>
          <ClassName label={label} />
        </li>
      ))}
      <li>
        <span class="class-name">
          <span class="swatch wrong" aria-hidden="true" />
          {words.wrong}
        </span>
      </li>
    </ul>
  )
}
