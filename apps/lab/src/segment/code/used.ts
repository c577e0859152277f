// What the programs that use a network are written from.

export interface Used {
  readonly depth: number
  readonly kernel: number
  readonly skips: boolean
  readonly classes: readonly string[]
  readonly mean: readonly number[]
  readonly deviation: readonly number[]
}

export const weightsFile = 'network.safetensors'
export const picturesFile = 'pictures.safetensors'
