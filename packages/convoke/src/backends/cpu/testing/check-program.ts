// The check every kernel passes before anything else is said of it.

import {
  type BufferArgument,
  interpret,
  type Program,
  type ProgramArguments,
  type RunCounts,
} from '../program/index.ts'
import { assembleWasm, wasmTarget } from '../wasm/index.ts'
import { assembleX64 } from '../x64/index.ts'
import { nativeFor, type Runner, runGuarded, runInWasm } from './runners.ts'

const said = new Set<string>()

const assembled = new WeakSet<Program>()

/** Assembles the program all the same: it must not run out of registers, wherever it will run. */
function skip(program: Program, assemble: (program: Program) => unknown, reason: string): [] {
  const { name } = program.target
  if (!said.has(name)) console.warn(`Programs for ${name} are only interpreted and assembled: ${reason}.`)
  said.add(name)
  if (!assembled.has(program)) assemble(program)
  assembled.add(program)
  return []
}

/** Every way in which this machine can run a program for its target, with its name. */
function runnersFor(program: Program): readonly (readonly [string, Runner])[] {
  const { target } = program
  if (target.name === 'wasm') return [['wasm', runInWasm]]
  if (target.name === 'wasm-relaxed') {
    return wasmTarget() === target
      ? [['wasm-relaxed', runInWasm]]
      : skip(program, (one) => assembleWasm(one, false), 'this engine has no relaxed SIMD')
  }
  const runtime = nativeFor(target.name)
  if (typeof runtime === 'string') return skip(program, assembleX64, runtime)
  return (['before', 'after'] as const).map((guard) => [`${target.name}, guard ${guard}`, runGuarded(runtime, guard)])
}

const viewOf = (value: BufferArgument): ArrayBufferView => (ArrayBuffer.isView(value) ? value : value.data)

const bytesOf = (view: ArrayBufferView): Uint8Array => new Uint8Array(view.buffer, view.byteOffset, view.byteLength)

/** The same arguments over copies of their buffers. */
function copied(values: ProgramArguments): ProgramArguments {
  const copies = new Map<ArrayBufferView, Uint8Array>()
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => {
      if (typeof value === 'number') return [name, value]
      const view = viewOf(value)
      const data = copies.get(view) ?? bytesOf(view).slice()
      copies.set(view, data)
      return [name, { data, offset: ArrayBuffer.isView(value) ? 0 : value.offset }]
    }),
  )
}

/** Where two buffers differ, as floats where the caller gave floats: one NaN is as good as another. */
function difference(name: string, expected: ArrayBufferView, actual: Uint8Array): string | undefined {
  const [wanted, got] = [bytesOf(expected), actual]
  if (!(expected instanceof Float32Array)) {
    const at = wanted.findIndex((byte, i) => byte !== got[i])
    return at < 0 ? undefined : `${name}, byte ${at}: ${got[at]}, not ${wanted[at]}`
  }
  const floats = new Float32Array(got.buffer, got.byteOffset, expected.length)
  const at = expected.findIndex((value, i) => !Object.is(value, floats[i]))
  return at < 0 ? undefined : `${name}[${at}]: ${floats[at]}, not ${expected[at]}`
}

/**
 * Runs `program` through the interpreter, which leaves its results in the given buffers, and through every assembled
 * form this machine can run, natively between guard pages. Throws where an access is out of bounds or a bit differs.
 */
export function checkProgram(program: Program, values: ProgramArguments): Readonly<RunCounts> {
  const forms = runnersFor(program).map(([how, run]) => [how, run, copied(values)] as const)
  // First, so that an access out of bounds is an error with a message and not the end of the process.
  const counts = interpret(program, values)
  for (const [how, run, copies] of forms) {
    run(program, copies)
    for (const [name, value] of Object.entries(values)) {
      if (typeof value === 'number') continue
      const found = difference(name, viewOf(value), viewOf(copies[name] as BufferArgument) as Uint8Array)
      if (found !== undefined) throw new Error(`${program.name} (${how}) differs from the interpreter: ${found}`)
    }
  }
  return counts
}
