import { expect, test } from 'vitest'
import { createCpuBackend } from './backend.ts'
import { runtimeOrReason } from './runtime/index.ts'

const found = runtimeOrReason('native')

test.skipIf('reason' in found)('a tensor beyond 4 GiB is refused with its size and the way out', () => {
  if ('reason' in found) return
  const backend = createCpuBackend(found.runtime)
  expect(() => backend.allocate('float32', 1_200_000_000)).toThrow(
    /a float32 tensor of 1200000000 elements needs 4\.5 GiB; a tensor can have at most 4 GiB.*Split it/,
  )
  expect(() => backend.allocate('int32', 1_200_000_000)).toThrow(/: an int32 tensor of 1200000000 elements/)
})
