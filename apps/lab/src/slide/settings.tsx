// Everything that can be chosen about the convolution.

import { useSignal } from '@preact/signals'
import { useRef } from 'preact/hooks'
import { Choice, Group, Select, Stepper, Switch } from '../ui/fields.tsx'
import { listed } from '../words/phrases.ts'
import { fillInput, fillKernel, type InputFill, inputFills, type KernelFill, kernelFills } from './fills.ts'
import { slideMessages } from './messages.ts'
import { change, type SlideModel } from './model.ts'
import { type PaddingKind, paddingKindOf, paddingOf } from './padding.ts'
import { boundaries, firstState, limits, possibleGroups, reshape, type SlideState, widened, withRank } from './state.ts'

interface SettingsProps {
  readonly model: SlideModel
}

interface PartProps {
  readonly state: SlideState
  readonly set: (next: SlideState) => void
}

export function Settings({ model }: SettingsProps) {
  const words = slideMessages()
  const state = model.state.value
  const set = (next: SlideState): void => {
    model.playing.value = false
    change(model, next)
  }
  return (
    <section class="card settings" aria-labelledby="settings">
      <h2 id="settings">{words.settings}</h2>
      <Operation {...{ state, set }} />
      <PaddingPart {...{ state, set }} />
      <PerAxis {...{ state, set }} title={words.stride} name="stride" />
      <PerAxis {...{ state, set }} title={words.dilation} name="dilation" />
      {state.transposed && <PerAxis {...{ state, set }} title={words.outputPadding} name="outputPadding" />}
      <Sizes {...{ state, set }} />
      <Channels {...{ state, set }} />
      <button type="button" class="quiet" onClick={() => set(firstState)}>
        {words.reset}
      </button>
    </section>
  )
}

function Operation({ state, set }: PartProps) {
  const words = slideMessages()
  /** What had two axes before one was chosen: its rows come back with them. */
  const wide = useRef<SlideState | undefined>(undefined)
  return (
    <Group title={words.operation}>
      <Choice
        hideLabel
        label={words.kind}
        value={state.transposed ? 'transposed' : 'plain'}
        options={[
          ['plain', words.plain],
          ['transposed', words.transposed],
        ]}
        onChange={(kind) => set({ ...state, transposed: kind === 'transposed' })}
      />
      <Choice
        hideLabel
        label={words.axes}
        value={state.rank === 1 ? '1' : '2'}
        options={[
          ['1', '1-D'],
          ['2', '2-D'],
        ]}
        onChange={(rank) => {
          if (rank === '1') wide.current = state
          set(rank === '1' ? withRank(state, 1) : widened(state, wide.current))
        }}
      />
      <Switch label={words.flipped} on={state.flipped} onChange={(flipped) => set({ ...state, flipped })} />
    </Group>
  )
}

/** Names of the spatial axes. */
function axisNames(state: SlideState): readonly string[] {
  const words = slideMessages()
  return state.rank === 1 ? [words.length] : [words.rows, words.columns]
}

interface PerAxisProps extends PartProps {
  readonly title: string
  readonly name: 'stride' | 'dilation' | 'outputPadding'
}

function PerAxis({ state, set, title, name }: PerAxisProps) {
  return (
    <Group title={title}>
      <div class="pair">
        {axisNames(state).map((axisName, axis) => (
          <Stepper
            key={axisName}
            label={axisName}
            value={state[name][axis]}
            {...limits[name]}
            onChange={(value) => set({ ...state, [name]: state[name].with(axis, value) })}
          />
        ))}
      </div>
    </Group>
  )
}

function PaddingPart({ state, set }: PartProps) {
  const words = slideMessages()
  const kind = paddingKindOf(state)
  const named = (['none', 'same', 'full'] as const).filter((one) => paddingOf(state, one) !== undefined)
  const sides = state.rank === 1 ? [words.left, words.right] : [words.top, words.bottom, words.left, words.right]
  const setSide = (side: number, value: number): void => {
    const [axis, end] = [Math.floor(side / 2), side % 2]
    const [before, after] = state.padding[axis]
    set({ ...state, padding: state.padding.with(axis, end === 0 ? [value, after] : [before, value]) })
  }
  return (
    <Group title={words.padding}>
      <Choice<PaddingKind | 'own'>
        hideLabel
        label={words.padding}
        value={kind}
        options={[...named, ...(kind === 'own' ? (['own'] as const) : [])].map((one) => [one, words.paddingKinds[one]])}
        onChange={(wanted) => {
          const padding = wanted === 'own' ? undefined : paddingOf(state, wanted)
          if (padding !== undefined) set({ ...state, padding })
        }}
      />
      <div class="pair">
        {sides.map((name, side) => (
          <Stepper
            key={name}
            label={name}
            value={state.padding[Math.floor(side / 2)][side % 2]}
            {...limits.padding}
            onChange={(value) => setSide(side, value)}
          />
        ))}
      </div>
      {state.transposed ? (
        <p class="hint">{words.edgeTransposed}</p>
      ) : (
        <Select
          label={words.edge}
          value={state.boundary}
          options={boundaries.map((boundary) => [boundary, words.edges[boundary]])}
          onChange={(boundary) => set({ ...state, boundary })}
        />
      )}
    </Group>
  )
}

function Sizes({ state, set }: PartProps) {
  const words = slideMessages()
  return (
    <>
      <Group title={words.sizeOfInput}>
        <div class="pair">
          {axisNames(state).map((name, axis) => (
            <Stepper
              key={name}
              label={name}
              value={state.size[axis]}
              {...limits.size}
              onChange={(value) => set(reshape(state, { size: state.size.with(axis, value) }))}
            />
          ))}
        </div>
        <Select<InputFill | 'own'>
          label={words.fill}
          value="own"
          options={(['own', ...inputFills] as const).map((fill) => [fill, words.fills[fill]])}
          onChange={(fill) => {
            if (fill !== 'own') set(fillInput(state, fill))
          }}
        />
      </Group>
      <Group title={words.sizeOfKernel}>
        <div class="pair">
          {axisNames(state).map((name, axis) => (
            <Stepper
              key={name}
              label={name}
              value={state.kernel[axis]}
              {...limits.kernel}
              onChange={(value) => set(reshape(state, { kernel: state.kernel.with(axis, value) }))}
            />
          ))}
        </div>
        <Select<KernelFill | 'own'>
          label={words.fill}
          value="own"
          options={(['own', ...kernelFills] as const).map((fill) => [fill, words.kernelFills[fill]])}
          onChange={(fill) => {
            if (fill !== 'own') set(fillKernel(state, fill))
          }}
        />
      </Group>
    </>
  )
}

function Channels({ state, set }: PartProps) {
  const words = slideMessages()
  const groups = possibleGroups(state).map(String)
  const said = useSignal<string | undefined>(undefined)
  const setChannels = (change: Pick<SlideState, 'inputChannels'> | Pick<SlideState, 'outputChannels'>): void => {
    const next = reshape(state, change)
    said.value = next.groups === state.groups ? undefined : words.groupsReset(state.groups, next.groups)
    set(next)
  }
  return (
    <Group title={words.channels}>
      <div class="pair">
        <Stepper
          label={words.inChannels}
          value={state.inputChannels}
          {...limits.channels}
          onChange={(inputChannels) => setChannels({ inputChannels })}
        />
        <Stepper
          label={words.outChannels}
          value={state.outputChannels}
          {...limits.channels}
          onChange={(outputChannels) => setChannels({ outputChannels })}
        />
      </div>
      {state.outputChannels > 1 && (
        <Choice
          label={words.watch}
          value={String(state.channel)}
          options={Array.from({ length: state.outputChannels }, (_, i) => [String(i), String(i + 1)])}
          onChange={(channel) => set({ ...state, channel: Number(channel) })}
        />
      )}
      {groups.length > 1 && (
        <Choice
          label={words.groups}
          value={String(state.groups)}
          options={groups.map((count) => [count, count])}
          onChange={(count) => {
            said.value = undefined
            set(reshape(state, { groups: Number(count) }))
          }}
        />
      )}
      {state.inputChannels * state.outputChannels > 1 && (
        <p class="hint">{words.groupsHint(state.inputChannels, state.outputChannels, listed(groups))}</p>
      )}
      <p class={said.value === undefined ? 'unseen' : 'hint corrected'} role="status">
        {said.value}
      </p>
    </Group>
  )
}
