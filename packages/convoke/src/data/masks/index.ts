export { type MaskChannel, maskChannels } from './channel.ts'
export { type ListedClass, parseClassList, valuesText } from './class-list.ts'
export { type CodingOptions, labelsInSet, type MaskCoding, maskCoding } from './coding.ts'
export { maskLabels } from './labels.ts'
export {
  channelsOf,
  colourValue,
  type DecodeMask,
  fromSamples,
  ignoredLabel,
  type MaskValue,
  type PaletteColour,
  parseValue,
  resizedMask,
  type StoredMask,
  storedFrom,
  valueText,
} from './stored.ts'
export { emptySurvey, type MaskSurvey, type Occurrence, type SurveyGroup, surveyMask } from './survey.ts'
