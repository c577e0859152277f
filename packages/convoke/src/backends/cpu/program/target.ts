// The machines a vector program can be written for. A generator reads a target to choose its tile.

/** Bytes of cache that a core has to itself: what planners cut their work to. Never more than a matter of speed. */
export interface Caches {
  readonly first: number
  readonly second: number
}

/** Taken where the machine does not tell, as in WebAssembly: a core of AMD's Zen 4 and 5; Intel's have as much or more. */
export const usualCaches: Caches = Object.freeze({ first: 48 * 1024, second: 1024 * 1024 })

/** What a kernel generator may know of the machine: plain numbers, so that every target can be generated for anywhere. */
export interface Target {
  readonly name: 'avx512' | 'avx2' | 'wasm' | 'wasm-relaxed'
  /** float32 or int32 elements in a vector. */
  readonly lanes: number
  /** Vectors that may be alive at once. On AVX2 and WebAssembly masks and variable tails count among them. */
  readonly vectorRegisters: number
  /** Pointers, integers and loop counters that may be alive at once. */
  readonly integerRegisters: number
  /** Masks and tails that may be alive at once; 0 where they live in vector registers. */
  readonly maskRegisters: number
  /** Whether a fused multiply-add rounds once. */
  readonly fma: boolean
  /** Whether it has the instruction `ldexp`. */
  readonly ldexp: boolean
  /** Whether `scalarAt` costs no instruction and no register as the last operand of arithmetic. */
  readonly foldsBroadcast: boolean
  /** Bytes of an address. */
  readonly addressBytes: 4 | 8
  /** Of the machine where it tells (runtime/native/caches.ts). */
  readonly caches: Caches
}

export const avx512: Target = Object.freeze({
  name: 'avx512',
  lanes: 16,
  vectorRegisters: 32,
  integerRegisters: 14,
  maskRegisters: 6,
  fma: true,
  ldexp: true,
  foldsBroadcast: true,
  addressBytes: 8,
  caches: usualCaches,
})

export const avx2: Target = Object.freeze({
  name: 'avx2',
  lanes: 8,
  vectorRegisters: 16,
  integerRegisters: 14,
  maskRegisters: 0,
  fma: true,
  ldexp: false,
  foldsBroadcast: false,
  addressBytes: 8,
  caches: usualCaches,
})

/** SIMD128. Locals are free, but V8 keeps 15 vectors in machine registers, one of which a broadcast needs. */
export const wasm: Target = Object.freeze({
  name: 'wasm',
  lanes: 4,
  vectorRegisters: 15,
  integerRegisters: 64,
  maskRegisters: 0,
  fma: false,
  ldexp: false,
  foldsBroadcast: false,
  addressBytes: 4,
  caches: usualCaches,
})

/** SIMD128 with relaxed_madd, which the engines we know fuse wherever the machine has an FMA. */
export const wasmRelaxed: Target = Object.freeze({ ...wasm, name: 'wasm-relaxed', fma: true })

export const targets: readonly Target[] = Object.freeze([avx512, avx2, wasm, wasmRelaxed])
