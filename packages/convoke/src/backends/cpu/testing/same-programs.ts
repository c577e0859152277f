// For tests and the fuzzer: two programs of one key would be taken for each other without a word, so wherever a program is
// found by its key it is written again and compared.

import { isDeepStrictEqual } from 'node:util'
import type { InspectProgram } from '../kernels/step.ts'
import type { Program } from '../program/index.ts'

/** All that a program is but the caches of its machine, which only its writer looks at. */
const writtenOut = ({ name, target, arguments: list, body }: Program): unknown[] => [name, target.name, list, body]

/** Throws where the program that is found is not the one that would be made. */
export const refuseOtherPrograms: InspectProgram = (key, known, make) => {
  const made = make()
  if (isDeepStrictEqual(writtenOut(made), writtenOut(known))) return
  throw new Error(
    `The key "${key}" of a program stands for two: ${known.name} and ${made.name}. Put what they differ in into the key.`,
  )
}
