// View 1: a window slides over numbers.

import { useEffect, useMemo, useRef } from 'preact/hooks'
import { Lazy } from '../ui/lazy.tsx'
import { ViewHead } from '../ui/view-head.tsx'
import { readAddress, writeAddress } from './address.ts'
import { FormulaPanel } from './formula-panel.tsx'
import { isMisfit } from './geometry.ts'
import { slideMessages } from './messages.ts'
import { createSlide } from './model.ts'
import { Settings } from './settings.tsx'
import { Stage } from './stage.tsx'
import { Transport } from './transport.tsx'
import './slide.css'
import './stage.css'
import './panels.css'
import { engine } from './engine.ts'

// What stands below, or seldom, comes after what is seen first.
const loadMisfit = async () => (await import('./misfit-card.tsx')).MisfitCard
const loadQuiz = async () => (await import('./quiz.tsx')).Quiz
const loadTake = async () => (await import('./take.tsx')).Take

interface SlideViewProps {
  readonly params: URLSearchParams
  readonly keep: (params: URLSearchParams) => void
}

export function View({ params, keep }: SlideViewProps) {
  const words = slideMessages()
  const top = useRef<HTMLDivElement>(null)
  const { model, refused } = useMemo(() => {
    const read = readAddress(params)
    return { model: createSlide(engine, read.state, 'slide'), refused: read.refused }
  }, [params])
  const loadTour = async () => {
    const { slideTour } = await import('./tour.ts')
    return () => slideTour(model)
  }
  useEffect(() => model.dispose, [model])
  useEffect(() => model.state.subscribe((state) => keep(writeAddress(state))), [model, keep])
  const found = model.found.value
  const problem = model.problem.value
  return (
    <div class="slide">
      <ViewHead words={words} load={loadTour} top={top} refused={refused} />
      <div class="slide-layout">
        <div class="slide-main">
          {isMisfit(found) ? (
            <Lazy load={loadMisfit} props={{ model, misfit: found }} />
          ) : (
            <>
              <section class="card stage-card" aria-label={words.title}>
                <Stage {...{ model, geometry: found }} />
                <Transport {...{ model, geometry: found }} />
              </section>
              {problem !== undefined && (
                <p class="notice" role="alert">
                  {words.refused(problem)}
                </p>
              )}
              <FormulaPanel {...{ model, geometry: found }} />
            </>
          )}
        </div>
        <Settings model={model} />
        <Lazy load={loadQuiz} props={{ model, onShow: () => top.current?.scrollIntoView({ block: 'start' }) }} />
      </div>
      {!isMisfit(found) && <Lazy load={loadTake} props={{ model, geometry: found }} />}
    </div>
  )
}
