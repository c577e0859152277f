// Every op of the benchmark. To add some, write a list of cases and name it here; what is not here says why in `left-out.ts`.

import { arithmetic } from './arithmetic.ts'
import { convolutions } from './convolutions.ts'
import { elementwise } from './elementwise.ts'
import { losses } from './losses.ts'
import { movement } from './movement.ts'
import { normalizations } from './normalizations.ts'
import type { OpCase } from './op-case.ts'
import { places } from './places.ts'
import { pooling } from './pooling.ts'
import { reductions } from './reductions.ts'
import { signals } from './signals.ts'

export const opCases: readonly OpCase[] = [
  ...[...elementwise, ...arithmetic, ...reductions, ...places, ...normalizations],
  ...[...pooling, ...movement, ...convolutions, ...signals, ...losses],
]
