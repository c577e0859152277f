// JSON from files of strangers: parsers and schemas call themselves for what lies in another, and deep files end the program.

import { ConvokeError, check } from '../shapes/error.ts'

/** Lists and objects in each other: models lie far below. */
const deepest = 200

const [quote, backslash] = [0x22, 0x5c]
const [opening, closing] = [new Set([0x5b, 0x7b]), new Set([0x5d, 0x7d])]

function depthOf(text: string): number {
  let [depth, most, within] = [0, 0, false]
  for (let i = 0; i < text.length; i++) {
    const sign = text.charCodeAt(i)
    if (sign === quote) within = !within
    else if (within) i += sign === backslash ? 1 : 0
    else if (opening.has(sign)) most = Math.max(most, ++depth)
    else if (closing.has(sign)) depth--
  }
  return most
}

/** What a text of JSON says. Throws `ConvokeError` where it is none, or nested too deep. */
export function parseJson(what: string, text: string): unknown {
  check(
    depthOf(text) <= deepest,
    () => `${what}: lists and objects are nested more than ${deepest} deep. The file is damaged or malicious.`,
  )
  try {
    return JSON.parse(text)
  } catch (error) {
    const reason = (error as Error).message.slice(0, 200)
    throw new ConvokeError(`${what}: this is not JSON (${reason}). It was cut short or damaged; download it again.`)
  }
}
