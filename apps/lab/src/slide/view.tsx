// View 1: a window slides over numbers.

import { useEffect, useMemo, useRef } from 'preact/hooks'
import { Lazy } from '../ui/lazy.tsx'
import { ViewHead } from '../ui/view-head.tsx'
import { readAddress, writeAddress } from './address.ts'
import { FormulaPanel } from './formula-panel.tsx'
import { isMisfit, type Misfit } from './geometry.ts'
import { slideMessages } from './messages.ts'
import { change, createSlide, type SlideModel } from './model.ts'
import { paddingOf } from './padding.ts'
import { Settings } from './settings.tsx'
import { Stage } from './stage.tsx'
import type { SlideState } from './state.ts'
import { Transport } from './transport.tsx'
import './slide.css'
import './stage.css'
import './panels.css'
import { engine } from './engine.ts'

// What stands below comes after what is seen first.
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
            <MisfitCard {...{ model, misfit: found }} />
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

interface MisfitCardProps {
  readonly model: SlideModel
  readonly misfit: Misfit
}

/** With padding enough for the kernel; where that is more than the view shows, without dilation as well. */
function padded(state: SlideState): SlideState {
  const padding = paddingOf(state, 'same')
  if (padding !== undefined) return { ...state, padding }
  const dense = { ...state, dilation: state.dilation.map(() => 1) }
  return { ...dense, padding: paddingOf(dense, 'same') ?? state.padding }
}

/** Says why there is no output, with a way on. */
function MisfitCard({ model, misfit }: MisfitCardProps) {
  const words = slideMessages()
  const state = model.state.value
  const mended =
    misfit.kind === 'kernel-too-large'
      ? padded(state)
      : { ...state, padding: paddingOf(state, 'none')!, outputPadding: state.outputPadding.map(() => 0) }
  return (
    <section class="card misfit" role="alert">
      <p>{words.misfit(misfit)}</p>
      <button type="button" class="primary" onClick={() => change(model, mended)}>
        {misfit.kind === 'kernel-too-large' ? words.mend : words.mendTransposed}
      </button>
    </section>
  )
}
