// Every op of the benchmark. To add some, write a list of cases and name it here.

import { elementwise } from './elementwise.ts'
import { networkOps } from './networks.ts'
import type { OpCase } from './op-case.ts'
import { reductionsAndOrder } from './reductions.ts'

export const opCases: readonly OpCase[] = [...elementwise, ...reductionsAndOrder, ...networkOps]
