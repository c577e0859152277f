// The view's answers: the network that was asked for, trained so far, and what it makes of the sentence. Runs in the worker.

import { currentBackend, formats } from 'convoke'
import { createTurns } from '../engine/in-turn.ts'
import type { Answered } from '../engine/index.ts'
import { type Lessons, lessonsIn } from './lessons.ts'
import { read } from './reading.ts'
import { type Session, startSession } from './session.ts'
import { type NetworkSettings, type SentenceLanguage, sameSettings } from './state.ts'
import type { TextAnswer, TextQuestion, WeightsQuestion } from './task.ts'

const shownLessons = 8

const known = new Map<SentenceLanguage, Promise<Lessons>>()

function lessonsFor(language: SentenceLanguage): Promise<Lessons> {
  const lessons = known.get(language) ?? lessonsIn(language)
  known.set(language, lessons)
  return lessons
}

let session: Session | undefined

/** Training that failed is not gone on with. */
async function advance(current: Session, steps: number, milliseconds: number): Promise<void> {
  try {
    await current.advance(steps, milliseconds)
  } catch (error) {
    session = undefined
    await current.close()
    throw error
  }
}

const inTurn = createTurns()

/** The network of these settings, trained no further than `steps`: the one that is there, or a new one. */
async function sessionFor(settings: NetworkSettings, steps: number): Promise<Session> {
  if (session !== undefined && sameSettings(session.settings, settings) && session.step() <= steps) return session
  const old = session
  session = undefined
  await old?.close()
  session = await startSession(settings, await lessonsFor(settings.language))
  return session
}

export const computeText = ({ settings, steps, milliseconds, sentence }: TextQuestion): Promise<Answered<TextAnswer>> =>
  inTurn(async () => {
    const current = await sessionFor(settings, steps)
    await advance(current, steps, milliseconds)
    const { lessons, network, losses, scores } = current
    const shown = await Promise.all(Array.from({ length: shownLessons }, (_, i) => lessons.training.get(i)))
    return {
      answer: {
        ...{ settings, step: current.step(), losses: [...losses], scores: [...scores] },
        vocabulary: lessons.vocabulary.words,
        lessons: shown.map(({ text, label }) => ({ text, positive: label === 1 })),
        lessonCount: lessons.training.length,
        testCount: lessons.test.length,
        parameters: network.parameterCount(),
        backend: currentBackend().name,
        reading: read(network, settings, lessons, sentence),
      },
    }
  })

export const computeWeights = ({ settings, steps }: WeightsQuestion): Promise<Answered<Uint8Array<ArrayBuffer>>> =>
  inTurn(async () => {
    const current = await sessionFor(settings, steps)
    await advance(current, steps, Number.POSITIVE_INFINITY)
    const bytes = formats.encodeSafetensors(await formats.toHost(current.network.state()))
    const answer = new Uint8Array(bytes)
    return { answer, transfer: [answer.buffer] }
  })
