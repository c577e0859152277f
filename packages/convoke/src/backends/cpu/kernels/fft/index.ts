export { type CorrelateChoice, chooseCorrelateFft, planCorrelateFft } from './correlate.ts'
export { fftErrorBound, largestNorm, type Rounding, typicalError } from './error-bound.ts'
export { chooseFft, type FftChoice, fftGain } from './gain.ts'
export { planFft, roundingOf } from './plan-fft.ts'
