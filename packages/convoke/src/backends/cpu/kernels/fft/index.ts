export { type CorrelateChoice, chooseCorrelateFft, planCorrelateFft } from './correlate.ts'
export { chooseFft, type FftChoice } from './cost.ts'
export {
  fftErrorBound,
  largestNorm,
  type Rounding,
  type StatedError,
  statedError,
  typicalError,
} from './error-bound.ts'
export { chooseGradientFft, type GradientChoice, gradientRounding, planGradientFft } from './filter-gradient.ts'
export { fftInWords, planFft, roundingOf, tilesOf } from './plan-fft.ts'
export { canThin, denseSpec, isStrided, spreadPlan, thinnedPlan } from './strides.ts'
