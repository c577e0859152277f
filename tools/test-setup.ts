// Property tests draw the same configurations each time, so that a red run is red again; FAST_CHECK_SEED draws others.

import fc from 'fast-check'

fc.configureGlobal({ seed: Number(process.env['FAST_CHECK_SEED'] ?? 20261123) })
