import { expect, test } from 'vitest'
import { createArena, type Region } from './arena.ts'
import { buffersOf } from './buffers.ts'

function memoryOf(byteLength: number) {
  const memory = new ArrayBuffer(byteLength)
  const source = { grow: (): Region => ({ base: 1024, byteLength }), release: () => {} }
  return buffersOf(createArena<Region>(source), {
    memoryOf: () => memory,
    offsetOf: ({ address }) => address - 1024,
  })
}

test('views of a buffer see the same bytes, as many as asked for', () => {
  const { allocate } = memoryOf(4096)
  allocate(64)
  const buffer = allocate(10)
  expect(buffer.address).toBe(1024 + 64)
  buffer.int32().set([-1, 7])
  expect([...buffer.uint8()]).toEqual([255, 255, 255, 255, 7, 0, 0, 0, 0, 0])
  expect(buffer.float32().length).toBe(2)
})

test('a buffer goes back where it came from, once', () => {
  const [here, there] = [memoryOf(4096), memoryOf(4096)]
  const buffer = here.allocate(100)
  expect(() => there.free(buffer)).toThrow('A buffer of another runtime cannot be freed here.')
  here.free(buffer)
  expect(() => here.free(buffer)).toThrow(/freed twice/)
})
