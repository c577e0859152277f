// What the benchmark measures, and who runs it.

import type { nn } from 'convoke'
import type { GraphModule } from 'convoke/graph'

export interface Setting {
  readonly batch: number
  readonly threads: number
}

/** One input: its name, and its shape with pictures channels last. */
export interface Input {
  readonly name: string
  readonly shape: readonly number[]
  readonly integer: boolean
  /** In the file pictures lie channels first. */
  readonly picture: boolean
}

/** The numbers of one output, as who ran the network lays them out. */
export interface Output {
  readonly shape: readonly number[]
  readonly data: ArrayLike<number | bigint>
}

export interface Ready {
  /** Runs the network once. */
  readonly go: () => Promise<readonly Output[]>
  /** What a reader of its time should know, after the first run; null where there is nothing. */
  readonly remark: () => string | null
}

export interface Contender {
  readonly name: string
  /** Whether its pictures lie as the file has them, channels first. */
  readonly asWritten: boolean
  /** Makes ready for a setting. Throws where it cannot. */
  prepare(setting: Setting, inputs: readonly Input[]): Promise<Ready>
}

/** What is measured: how to have it on the current backend, what goes in, and which outputs are pictures. */
export interface Subject {
  readonly path: string
  readonly load: () => Promise<nn.Module | GraphModule>
  readonly inputs: (batch: number) => readonly Input[]
  readonly pictures: readonly boolean[]
}

/** Values that are no round numbers, the same each time. */
export const valuesFor = (size: number, integer: boolean): Float32Array | Int32Array =>
  integer ? new Int32Array(size).fill(1) : Float32Array.from({ length: size }, (_, i) => ((i * 7919) % 1009) / 1009)

export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, one) => product * one, 1)
