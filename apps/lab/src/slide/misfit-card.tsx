// Why there is no output, with a way on.

import { defineMessages } from '../words/language.ts'
import type { Misfit } from './geometry.ts'
import { change, type SlideModel } from './model.ts'
import { paddingOf } from './padding.ts'
import type { SlideState } from './state.ts'

const misfitEn = ({ kind, axis, extent, padded }: Misfit): string => {
  const along = axis === 0 ? 'rows' : 'columns'
  if (kind === 'kernel-too-large')
    return `The kernel spans ${extent} ${along}, the padded input has ${padded}: there is no place where it fits.`
  if (kind === 'nothing-left') return `The padding cuts off all ${along}: nothing of the output is left.`
  return `The output padding along the ${along} must be smaller than the stride or the dilation.`
}
const misfitZh = ({ kind, axis, extent, padded }: Misfit): string => {
  const along = axis === 0 ? '行' : '列'
  if (kind === 'kernel-too-large') return `卷积核跨 ${extent} ${along}，填充后的输入只有 ${padded} ${along}，放不下。`
  if (kind === 'nothing-left') return `填充裁掉了全部的${along}，输出什么也不剩。`
  return `${along}方向的输出填充必须小于步幅或空洞率。`
}

const misfitMessages = defineMessages(
  { misfit: misfitEn, mend: 'Pad until it fits', mendTransposed: 'No padding' },
  { misfit: misfitZh, mend: '增加填充直到放得下', mendTransposed: '去掉填充' },
)

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

export function MisfitCard({ model, misfit }: MisfitCardProps) {
  const words = misfitMessages()
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
