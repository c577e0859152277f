// View 6: a sentence through a network for texts.

import { useEffect, useMemo } from 'preact/hooks'
import { Lazy } from '../ui/lazy.tsx'
import { ViewHead } from '../ui/view-head.tsx'
import { language } from '../words/language.ts'
import { readAddress, writeAddress } from './address.ts'
import { ArithmeticPanel } from './arithmetic-panel.tsx'
import { engine } from './engine.ts'
import { Matrix } from './matrix.tsx'
import { textMessages } from './messages.ts'
import { createText, type TextModel } from './model.ts'
import { NetworkPanel } from './network-panel.tsx'
import { SentencePanel } from './sentence-panel.tsx'
import { TrainingPanel } from './training-panel.tsx'
import { WinnersPanel } from './winners-panel.tsx'
import './inside.css'
import './text.css'

interface TextViewProps {
  readonly params: URLSearchParams
  readonly keep: (params: URLSearchParams) => void
}

const loadTake = async () => (await import('./take.tsx')).Take

export function View({ params, keep }: TextViewProps) {
  const words = textMessages()
  const { model, refused } = useMemo(() => {
    const read = readAddress(params, language.peek())
    return { model: createText(engine, read.state, 'text'), refused: read.refused }
  }, [params])
  useEffect(() => model.dispose, [model])
  useEffect(() => model.state.subscribe((state) => keep(writeAddress(state))), [model, keep])
  const problem = model.problem.value
  const loadTour = async () => {
    const { textTour } = await import('./tour.ts')
    return () => textTour(model)
  }
  return (
    <div class="text-view">
      <ViewHead
        words={words}
        load={loadTour}
        refused={refused}
        problem={problem === undefined ? undefined : words.refused(problem)}
      />
      <div class="text-layout">
        <div class="text-main">
          <SentencePanel model={model} />
          <Inside model={model} />
        </div>
        <div class="text-side">
          <TrainingPanel model={model} />
          <NetworkPanel model={model} />
        </div>
      </div>
      <Lazy load={loadTake} props={{ model }} />
    </div>
  )
}

/** What goes on between the words and the verdict. */
function Inside({ model }: { readonly model: TextModel }) {
  const words = textMessages()
  const answer = model.answer.value
  if (answer === undefined) return <p class="loading">{words.waiting}</p>
  const { reading } = answer
  if (reading === undefined) return null
  return (
    <>
      <Matrix {...{ model, answer, reading }} />
      <WinnersPanel {...{ model, answer, reading }} />
      <ArithmeticPanel {...{ model, answer, reading }} />
    </>
  )
}
