// Loads and stores, whole and partial. A count that is known when the program is made costs no branch.

import type { InstructionOf, Register } from '../program/index.ts'
import { plain, simd, types } from './encode.ts'
import { address, type Context, constant, fetch, get, integer, put, set, vector } from './lower-context.ts'

/** `if (count & bit) … else …`, or the branch itself when the count is known. */
function whenCounts(
  context: Context,
  count: Register | number,
  bit: number,
  then: () => void,
  otherwise: () => void = () => {},
): void {
  if (typeof count === 'number') {
    if (count & bit) then()
    else otherwise()
    return
  }
  get(context, count)
  integer(context, bit)
  put(context, plain.i32And, plain.if, types.empty)
  then()
  put(context, plain.else)
  otherwise()
  put(context, plain.end)
}

export function lowerLoad(context: Context, { d, source, tail }: InstructionOf<'load'>): void {
  const whole = () => {
    fetch(context, source)
    set(context, d)
  }
  if (tail === undefined) {
    whole()
    return
  }
  const count = tail.count ?? tail
  const zeroExtended = (opcode: number) => {
    vector(context, opcode, ...address(context, source))
    set(context, d)
  }
  const pair = () => {
    zeroExtended(simd.load64Zero)
    whenCounts(context, count, 1, () => {
      const immediates = address(context, source, 8)
      get(context, d)
      vector(context, simd.load32Lane, ...immediates, 2)
      set(context, d)
    })
  }
  const none = () => {
    constant(context, [0])
    set(context, d)
  }
  const few = () =>
    whenCounts(context, count, 2, pair, () => whenCounts(context, count, 1, () => zeroExtended(simd.load32Zero), none))
  whenCounts(context, count, 4, whole, few)
}

export function lowerStore(context: Context, { to, a, tail }: InstructionOf<'store'>): void {
  const part = (opcode: number, further: number, ...lane: number[]) => {
    const immediates = address(context, to, further)
    get(context, a)
    vector(context, opcode, ...immediates, ...lane)
  }
  const whole = () => part(simd.store, 0)
  if (tail === undefined) {
    whole()
    return
  }
  const count = tail.count ?? tail
  const pair = () => {
    part(simd.store64Lane, 0, 0)
    whenCounts(context, count, 1, () => part(simd.store32Lane, 8, 2))
  }
  const few = () =>
    whenCounts(context, count, 2, pair, () => whenCounts(context, count, 1, () => part(simd.store32Lane, 0, 0)))
  whenCounts(context, count, 4, whole, few)
}

export function lowerLoadBytes(context: Context, { d, source, count }: InstructionOf<'loadBytes'>): void {
  if (count === 4) vector(context, simd.load32Zero, ...address(context, source))
  else {
    constant(context, [0])
    set(context, d)
    for (let lane = 0; lane < count; lane++) {
      const immediates = address(context, source, lane)
      get(context, d)
      vector(context, simd.load8Lane, ...immediates, lane)
      set(context, d)
    }
    get(context, d)
  }
  vector(context, simd.i16x8ExtendLowU)
  vector(context, simd.i32x4ExtendLowU)
  set(context, d)
}

export function lowerStoreBytes(context: Context, { to, a, count }: InstructionOf<'storeBytes'>): void {
  if (count === 4) {
    const immediates = address(context, to)
    get(context, a)
    get(context, a)
    vector(context, simd.shuffle, ...[0, 4, 8, 12], ...Array<number>(12).fill(0))
    vector(context, simd.store32Lane, ...immediates, 0)
    return
  }
  for (let lane = 0; lane < count; lane++) {
    const immediates = address(context, to, lane)
    get(context, a)
    vector(context, simd.store8Lane, ...immediates, 4 * lane)
  }
}
