// A key of a program that stands for two is refused wherever tests meet it.
// Property tests draw the same configurations each time, so that a red run is red again; FAST_CHECK_SEED draws others.

import fc from 'fast-check'
import { inspectPrograms } from '../packages/convoke/src/backends/cpu/kernels/step.ts'
import { refuseOtherPrograms } from '../packages/convoke/src/backends/cpu/testing/same-programs.ts'

fc.configureGlobal({ seed: Number(process.env['FAST_CHECK_SEED'] ?? 20261123) })

inspectPrograms(refuseOtherPrograms)
