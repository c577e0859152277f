// Derives the polynomial coefficients of the CPU engine's elementwise functions
// (packages/convoke/src/backends/cpu/kernels/math/coefficients.ts) and prints them with the error each leaves.
//
//     npx esbuild tools/minimax.ts --bundle --platform=node --format=esm | node --input-type=module
//
// Method: the exchange algorithm of Remez (1934) in float64 on a dense grid, in the Chebyshev basis of the interval,
// for the weighted error w(x)·(p(x) − f(x)); then the coefficients of powers, rounded to float32.

import { erf } from '../packages/convoke/src/backends/reference/scalar.ts'
import { largestOf } from '../packages/convoke/src/shapes/extremes.ts'

interface Approximation {
  readonly name: string
  /** Approximated by a polynomial in x … */
  readonly f: (x: number) => number
  /** … with its error multiplied by this, so that it is relative to the function that the polynomial is part of. */
  readonly weight: (x: number) => number
  readonly interval: readonly [number, number]
  readonly degree: number
}

/** Solves a·x = b by elimination with row pivoting. */
function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] {
  const rows = matrix.map((row, i) => [...row, right[i]])
  const n = rows.length
  for (let column = 0; column < n; column++) {
    let pivot = column
    for (let i = column + 1; i < n; i++) if (Math.abs(rows[i][column]) > Math.abs(rows[pivot][column])) pivot = i
    ;[rows[column], rows[pivot]] = [rows[pivot], rows[column]]
    for (let i = column + 1; i < n; i++) {
      const factor = rows[i][column] / rows[column][column]
      for (let j = column; j <= n; j++) rows[i][j] -= factor * rows[column][j]
    }
  }
  const x = new Array<number>(n).fill(0)
  for (let i = n - 1; i >= 0; i--) {
    let sum = rows[i][n]
    for (let j = i + 1; j < n; j++) sum -= rows[i][j] * x[j]
    x[i] = sum / rows[i][i]
  }
  return x
}

/** T₀(t) … T_degree(t). */
function chebyshev(degree: number, t: number): number[] {
  const values = [1, t]
  for (let k = 2; k <= degree; k++) values.push(2 * t * values[k - 1] - values[k - 2])
  return values.slice(0, degree + 1)
}

/** Coefficients of powers of x, lowest first, of Σ cₖ·Tₖ((x − middle) / half). */
function toPowers(coefficients: readonly number[], middle: number, half: number): number[] {
  const multiply = (p: readonly number[], shift: number, scale: number): number[] => {
    const product = new Array<number>(p.length + 1).fill(0)
    p.forEach((c, i) => {
      product[i] += c * shift
      product[i + 1] += c * scale
    })
    return product
  }
  const add = (p: readonly number[], q: readonly number[], factor: number): number[] =>
    Array.from({ length: Math.max(p.length, q.length) }, (_, i) => (p[i] ?? 0) + factor * (q[i] ?? 0))
  const byT = (p: readonly number[]): number[] => multiply(p, -middle / half, 1 / half)
  const basis = [[1], byT([1])]
  for (let k = 2; k < coefficients.length; k++) {
    basis.push(
      add(
        byT(basis[k - 1]).map((c) => 2 * c),
        basis[k - 2],
        -1,
      ),
    )
  }
  return coefficients.reduce((sum, c, k) => add(sum, basis[k], c), [] as number[])
}

/** The minimax polynomial, lowest power first, and the largest weighted error of its float32 coefficients. */
function minimax({ f, weight, interval, degree }: Approximation): { coefficients: number[]; error: number } {
  const [low, high] = interval
  const [middle, half] = [(low + high) / 2, (high - low) / 2]
  const count = 4000
  const grid = Array.from({ length: count + 1 }, (_, i) => middle - half * Math.cos((Math.PI * i) / count))
  let points = Array.from({ length: degree + 2 }, (_, i) => grid[Math.round((i * count) / (degree + 1))])
  let coefficients: number[] = []
  for (let round = 0; round < 30; round++) {
    const matrix = points.map((x, i) => [
      ...chebyshev(degree, (x - middle) / half).map((value) => value * weight(x)),
      i % 2 ? -1 : 1,
    ])
    const right = points.map((x) => weight(x) * f(x))
    coefficients = solve(matrix, right).slice(0, degree + 1)
    const error = (x: number): number => {
      const values = chebyshev(degree, (x - middle) / half)
      return weight(x) * (values.reduce((sum, value, k) => sum + value * coefficients[k], 0) - f(x))
    }
    // The largest error between two changes of its sign, in every such stretch.
    const peaks: number[] = []
    let sign = 0
    for (const x of grid) {
      const here = Math.sign(error(x))
      if (here !== sign && here !== 0) {
        peaks.push(x)
        sign = here
      } else if (Math.abs(error(x)) > Math.abs(error(peaks[peaks.length - 1]))) peaks[peaks.length - 1] = x
    }
    if (peaks.length < degree + 2) break
    while (peaks.length > degree + 2) {
      if (Math.abs(error(peaks[0])) < Math.abs(error(peaks[peaks.length - 1]))) peaks.shift()
      else peaks.pop()
    }
    if (peaks.every((x, i) => x === points[i])) break
    points = peaks
  }
  const rounded = toPowers(coefficients, middle, half).map(Math.fround)
  const value = (x: number): number => rounded.reduceRight((sum, c) => sum * x + c, 0)
  const error = largestOf(grid.map((x) => Math.abs(weight(x) * (value(x) - f(x)))))
  return { coefficients: rounded, error }
}

/** (f(√z) / √z − 1) / z, for odd functions written as x + x³·P(x²). */
const oddRest =
  (f: (x: number) => number, series: number) =>
  (z: number): number =>
    z < 1e-6 ? series : (f(Math.sqrt(z)) / Math.sqrt(z) - 1) / z

/** The weight that makes an error of P in x + x³·P(x²) relative to f. */
const oddWeight =
  (f: (x: number) => number) =>
  (z: number): number =>
    z < 1e-12 ? z : (z * Math.sqrt(z)) / f(Math.sqrt(z))

/** erfc for x ≥ 0 (Abramowitz & Stegun 1964, 7.1.14 above 2). */
function erfc(x: number): number {
  if (x < 2) return 1 - erf(x)
  let fraction = 0
  for (let n = 120; n >= 1; n--) fraction = n / 2 / (x + fraction)
  return Math.exp(-x * x) / (Math.sqrt(Math.PI) * (x + fraction))
}

/** Φ(−a)·e^(a²/2), where Φ is the normal distribution function. */
const scaledTail = (a: number): number => {
  const x = a / Math.SQRT2
  if (x < 2) return 0.5 * (1 - erf(x)) * Math.exp((a * a) / 2)
  let fraction = 0
  for (let n = 120; n >= 1; n--) fraction = n / 2 / (x + fraction)
  return 0.5 / (Math.sqrt(Math.PI) * (x + fraction))
}

const tailCentre = 2
const tailArgument = (t: number): number => (tailCentre * (1 + t)) / (1 - t)

const halfLog2 = (Math.LN2 / 2) * 1.001
const [logLow, logHigh] = [Math.SQRT1_2 - 1, Math.SQRT2 - 1]
const expRest = (r: number): number =>
  Math.abs(r) < 1e-2
    ? 1 / 2 + r * (1 / 6 + r * (1 / 24 + r * (1 / 120 + r * (1 / 720 + r / 5040))))
    : (Math.expm1(r) - r) / (r * r)
const logRest = (f: number): number =>
  Math.abs(f) < 2e-2
    ? Array.from({ length: 12 }, (_, k) => ((k % 2 ? -1 : 1) * f ** k) / (k + 3)).reduce((sum, term) => sum + term)
    : (Math.log1p(f) - f + (f * f) / 2) / f ** 3
const atanhRest = (z: number): number =>
  Array.from({ length: 12 }, (_, k) => (2 * z ** k) / (2 * k + 3)).reduce((sum, term) => sum + term)
const cosRest = (z: number): number =>
  Array.from({ length: 8 }, (_, k) => {
    const n = 2 * k + 4
    let term = 1
    for (let i = 2; i <= n; i++) term /= i
    return (k % 2 ? -1 : 1) * term * z ** k
  }).reduce((sum, term) => sum + term)
const quarter = (Math.PI / 4) ** 2 * 1.001

const approximations: readonly Approximation[] = [
  {
    name: 'expRest: (eʳ − 1 − r) / r²',
    f: expRest,
    weight: (r) => (Math.abs(r) < 1e-9 ? Math.abs(r) : (r * r) / Math.abs(Math.expm1(r))),
    interval: [-halfLog2, halfLog2],
    degree: 4,
  },
  {
    name: 'logRest: (log(1 + f) − f + f²/2) / f³',
    f: logRest,
    weight: (f) => (Math.abs(f) < 1e-9 ? f * f : f ** 3 / Math.log1p(f)),
    interval: [logLow, logHigh],
    degree: 8,
  },
  {
    name: 'atanhRest: (log((1 + s) / (1 − s)) − 2s) / s³ in s²',
    f: atanhRest,
    weight: (z) => z,
    interval: [0, 0.0296],
    degree: 3,
  },
  { name: 'sinRest', f: oddRest(Math.sin, -1 / 6), weight: oddWeight(Math.sin), interval: [0, quarter], degree: 3 },
  {
    name: 'cosRest: (cos r − 1 + r²/2) / r⁴ in r²',
    f: cosRest,
    weight: (z) => z * z,
    interval: [0, quarter],
    degree: 2,
  },
  { name: 'tanRest', f: oddRest(Math.tan, 1 / 3), weight: oddWeight(Math.tan), interval: [0, quarter], degree: 5 },
  { name: 'asinRest', f: oddRest(Math.asin, 1 / 6), weight: oddWeight(Math.asin), interval: [0, 0.2501], degree: 4 },
  {
    name: 'atanRest',
    f: oddRest(Math.atan, -1 / 3),
    weight: oddWeight(Math.atan),
    interval: [0, (Math.SQRT2 - 1) ** 2 * 1.001],
    degree: 4,
  },
  { name: 'sinhRest', f: oddRest(Math.sinh, 1 / 6), weight: oddWeight(Math.sinh), interval: [0, 1.001], degree: 3 },
  {
    name: 'erfRest: erf x / x − 1 in x²',
    f: (z) => (z < 1e-8 ? 2 / Math.sqrt(Math.PI) : erf(Math.sqrt(z)) / Math.sqrt(z)) - 1,
    weight: (z) => (z < 1e-8 ? 1 : Math.sqrt(z) / erf(Math.sqrt(z))),
    interval: [0, 1.001],
    degree: 6,
  },
  {
    name: 'logErfc: log erfc a in a',
    f: (a) => Math.log(erfc(a)),
    weight: (a) => erfc(a) / erf(a),
    interval: [0.999, 4.1],
    degree: 8,
  },
  {
    name: `normalTail: (a + ${tailCentre})·Φ(−a)·e^(a²/2) in (a − ${tailCentre}) / (a + ${tailCentre})`,
    f: (t) => (tailArgument(t) + tailCentre) * scaledTail(tailArgument(t)),
    weight: (t) => 1 / ((tailArgument(t) + tailCentre) * scaledTail(tailArgument(t))),
    interval: [-1, (14.5 - tailCentre) / (14.5 + tailCentre)],
    degree: 10,
  },
]

for (const approximation of approximations) {
  const { coefficients, error } = minimax(approximation)
  const exponent = Math.log2(error).toFixed(1)
  console.log(
    `${approximation.name}; error 2^${exponent}\n  [${coefficients.map((c) => Number(c.toPrecision(9))).join(', ')}]`,
  )
}
