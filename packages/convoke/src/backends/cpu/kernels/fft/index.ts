export { type FftLayout, fftLayout, isFftSpec } from './layout.ts'
export { planFft } from './plan.ts'
export { packSpectrum } from './spectrum.ts'
