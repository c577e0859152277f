// Sizes of spectra of real values.

/** Frequencies that say all about n real values: 0 … floor(n / 2); the others are their conjugates. */
export const halvedLength = (n: number): number => Math.floor(n / 2) + 1

/** The shape of the half spectrum of a real `shape`: along the last of the axes only these frequencies are kept. */
export const halvedShape = (shape: readonly number[], axes: readonly number[]): number[] =>
  shape.map((size, axis) => (axis === axes[axes.length - 1] ? halvedLength(size) : size))
