// What the view asks of the worker.

import { task } from '../engine/protocol.ts'
import type { NetworkSettings } from './state.ts'

export interface TextQuestion {
  readonly settings: NetworkSettings
  /** Steps that the network should be trained. */
  readonly steps: number
  /** How long training may go on before it answers with what there is. */
  readonly milliseconds: number
  readonly sentence: string
}

export interface Score {
  readonly step: number
  /** Share of the held-back sentences that are read rightly. */
  readonly accuracy: number
}

export interface Lesson {
  readonly text: string
  readonly positive: boolean
}

export interface Token {
  readonly text: string
  /** Its number in the vocabulary; 1 for words that are in no lesson. */
  readonly id: number
}

/** What one filter makes of the sentence. */
export interface FilterReading {
  /** Words under it. */
  readonly window: number
  /** Counted from 0 among those of its window. */
  readonly map: number
  /** At each word, of the n-gram that begins there, after ReLU; the last one lies on padding alone. */
  readonly activations: readonly number[]
  /** Where the n-gram with the largest sum begins. */
  readonly winner: number
  /** Of that n-gram and the kernel: `[window][vectorSize]`. */
  readonly words: readonly (readonly number[])[]
  readonly kernel: readonly (readonly number[])[]
  readonly products: readonly (readonly number[])[]
  readonly bias: number
  /** The products and the bias together. */
  readonly sum: number
  /** After ReLU: the filter's word on the sentence. */
  readonly pooled: number
  /** Of the classifier. */
  readonly weight: number
  /** Weight times pooled value. */
  readonly contribution: number
}

export interface Reading {
  readonly tokens: readonly Token[]
  /** Whether there are more words than are read. */
  readonly cut: boolean
  /** `[word][vectorSize]`, without padding. */
  readonly vectors: readonly (readonly number[])[]
  readonly filters: readonly FilterReading[]
  /** Of the classifier. */
  readonly bias: number
  /** Bias and contributions together: above 0 for praise. */
  readonly logit: number
  /** That the sentence is praise: the logistic function of the logit. */
  readonly probability: number
}

export interface TextAnswer {
  readonly settings: NetworkSettings
  readonly step: number
  /** Of each step, on its batch. */
  readonly losses: readonly number[]
  readonly scores: readonly Score[]
  /** All words that are known, the most frequent first. */
  readonly vocabulary: readonly string[]
  /** A few of the sentences that are learnt from, and how many there are. */
  readonly lessons: readonly Lesson[]
  readonly lessonCount: number
  readonly testCount: number
  readonly parameters: number
  readonly backend: string
  /** Undefined for a sentence without words. */
  readonly reading: Reading | undefined
}

export const textTask = task<TextQuestion, TextAnswer>('text')

export interface WeightsQuestion {
  readonly settings: NetworkSettings
  readonly steps: number
}

/** The weights as a safetensors file. */
export const weightsTask = task<WeightsQuestion, Uint8Array<ArrayBuffer>>('weights')
