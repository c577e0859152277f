// What every program begins with: the sentence as words, the network's sizes, the file of weights.

import { type NetworkSettings, vectorSize } from '../state.ts'
import type { Reading, TextAnswer } from '../task.ts'

export const weightsFile = 'textcnn.safetensors'

export interface Shown {
  readonly answer: Pick<TextAnswer, 'settings' | 'step' | 'vocabulary'>
  readonly reading: Pick<Reading, 'tokens'>
}

/** A list in lines of about a hundred characters; the same in all three languages. */
export function list(items: readonly string[]): string {
  const lines: string[] = []
  for (const item of items) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + item.length < 96) lines[lines.length - 1] = `${last} ${item},`
    else lines.push(`  ${item},`)
  }
  return `[\n${lines.join('\n')}\n]`
}

export const quoted = (words: readonly string[]): string => list(words.map((word) => JSON.stringify(word)))

export const wordsOf = ({ tokens }: Shown['reading']): string => quoted(tokens.map(({ text }) => text))

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`

/** What the network is, for the comment above. */
export const summary = ({ windows, maps }: NetworkSettings, step: number): string =>
  `TextCNN: vectors of ${vectorSize}, windows over ${windows.join(', ')} words with ${counted(maps, 'filter')} each, after ${counted(step, 'training step')}.`
