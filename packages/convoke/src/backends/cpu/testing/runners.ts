// Runs assembled programs on plain typed arrays: in a WebAssembly memory, and natively between guard pages.

import type { Program, ProgramArguments } from '../program/index.ts'
import { loadFfi } from '../runtime/native/ffi.ts'
import { nativeRuntime } from '../runtime/native/index.ts'
import { createPages } from '../runtime/native/pages.ts'
import { platform } from '../runtime/platform/node.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { assembleWasm } from '../wasm/index.ts'
import { type GuardedBuffer, guardedBuffer } from './guard.ts'

/** Runs an assembled program on these arguments, in place. */
export type Runner = (program: Program, values: ProgramArguments) => void

/** The bytes from an argument's place to the end of its view. */
function bytesOf(value: ProgramArguments[string]): { data: Uint8Array; offset: number } {
  if (typeof value === 'number') throw new Error('a number is not a buffer')
  const { data, offset } = ArrayBuffer.isView(value) ? { data: value, offset: 0 } : value
  return { data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset }
}

/** Copies the buffers into a new memory, calls, and copies them back. */
export function runInWasm(program: Program, values: ProgramArguments, shared = false): void {
  const buffers = new Map<ArrayBufferLike, { at: number; data: Uint8Array }>()
  let next = 8 * Math.max(1, program.arguments.length)
  const words = program.arguments.map(({ name }) => {
    const value = values[name]
    if (typeof value === 'number') return value
    const { data, offset } = bytesOf(value)
    const known = buffers.get(data.buffer) ?? { at: Math.ceil(next / 64) * 64, data }
    if (!buffers.has(data.buffer)) next = known.at + data.length
    buffers.set(data.buffer, known)
    return known.at + offset
  })
  const pages = Math.ceil(next / 65536)
  const memory = new WebAssembly.Memory(shared ? { initial: pages, maximum: pages, shared } : { initial: pages })
  const [bytes, view] = [new Uint8Array(memory.buffer), new DataView(memory.buffer)]
  words.forEach((value, i) => {
    if (program.arguments[i].kind === 'float') view.setFloat32(8 * i, value, true)
    else view.setInt32(8 * i, value, true)
  })
  for (const { at, data } of buffers.values()) bytes.set(data, at)
  const module = new WebAssembly.Module(assembleWasm(program, shared))
  const instance = new WebAssembly.Instance(module, { e: { m: memory } })
  ;(instance.exports['f'] as (block: number) => void)(0)
  for (const { at, data } of buffers.values()) data.set(bytes.subarray(at, at + data.length))
}

const natives = new Map<string, Runtime | string>()

/** The native runtime for an instruction set, or why this machine has none. */
export function nativeFor(isa: string): Runtime | string {
  const known = natives.get(isa)
  if (known !== undefined) return known
  const found = nativeRuntime(platform, { isa, threads: 1 })
  const made = 'runtime' in found ? found.runtime : found.reason
  natives.set(isa, made)
  return made
}

/** Runs natively with every buffer flush against a page that faults, on the side that `guard` says. */
export function runGuarded(runtime: Runtime, guard: 'before' | 'after'): Runner {
  const ffi = loadFfi()
  const pages = createPages(ffi, process.platform)
  return (program, values) => {
    const guarded = new Map<ArrayBufferLike, { buffer: GuardedBuffer; data: Uint8Array }>()
    const words = program.arguments.map(({ name }) => {
      const value = values[name]
      if (typeof value === 'number') return value
      const { data, offset } = bytesOf(value)
      const known = guarded.get(data.buffer) ?? { buffer: guardedBuffer(ffi, pages, data.length, guard), data }
      guarded.set(data.buffer, known)
      known.buffer.write(data)
      return known.buffer.address + offset
    })
    runtime.run([{ kernel: runtime.assemble(program), values: words }])
    for (const { buffer, data } of guarded.values()) {
      data.set(buffer.read())
      buffer.free()
    }
  }
}
