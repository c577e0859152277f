// The options of one layer, and its place in the stack.

import type { ChainLayer, PerAxis } from 'convoke/shapes'
import { Choice, Select, Stepper, Switch } from '../ui/fields.tsx'
import { named } from '../words/phrases.ts'
import {
  activations,
  addAfter,
  changeAt,
  groupsOf,
  kindOf,
  moveBy,
  normalisations,
  paddingName,
  removeAt,
} from './layers.ts'
import { shapesMessages } from './messages.ts'
import type { ShapesModel } from './model.ts'
import { bounds } from './state.ts'

interface LayerEditorProps {
  readonly model: ShapesModel
  readonly index: number
  readonly layer: ChainLayer
  readonly label: string
  readonly inputShape: readonly number[]
}

export function LayerEditor({ model, index, layer, label, inputShape }: LayerEditorProps) {
  const words = shapesMessages()
  const state = model.state.value
  const { layers } = state.network
  const set = (next: ChainLayer): void => {
    model.state.value = changeAt(model.state.peek(), index, next)
  }
  return (
    <section class="layer-editor" aria-label={named(words.edit, words.layer(index, label))}>
      <div class="layer-options">
        <Options {...{ layer, set, inputShape }} />
      </div>
      <div class="bar">
        <button
          type="button"
          disabled={index === 0}
          aria-label={words.up(label)}
          onClick={() => {
            model.state.value = moveBy(model.state.peek(), index, -1)
          }}
        >
          {words.upShort}
        </button>
        <button
          type="button"
          disabled={index === layers.length - 1}
          aria-label={words.down(label)}
          onClick={() => {
            model.state.value = moveBy(model.state.peek(), index, 1)
          }}
        >
          {words.downShort}
        </button>
        <button
          type="button"
          disabled={layers.length >= bounds.layers}
          aria-label={words.duplicate(label)}
          onClick={() => {
            model.state.value = addAfter({ ...model.state.peek(), layer: index }, layer)
          }}
        >
          {words.duplicateShort}
        </button>
        <button
          type="button"
          aria-label={words.remove(label)}
          onClick={() => {
            model.state.value = removeAt(model.state.peek(), index)
          }}
        >
          {words.removeShort}
        </button>
      </div>
    </section>
  )
}

interface OptionsProps {
  readonly layer: ChainLayer
  readonly set: (layer: ChainLayer) => void
  readonly inputShape: readonly number[]
}

type Weighted = Extract<ChainLayer, { readonly bias?: boolean | undefined }>

function Options({ layer, set, inputShape }: OptionsProps) {
  const words = shapesMessages()
  const bias = (weighted: Weighted) => (
    <Switch label={words.bias} on={weighted.bias !== false} onChange={(on) => set({ ...weighted, bias: on })} />
  )
  switch (layer.kind) {
    case 'conv':
      return (
        <>
          <Channels {...{ layer, set }} />
          <WindowOptions {...{ layer, set }} />
          <Stepper
            label={words.groups}
            value={layer.groups ?? 1}
            least={1}
            most={bounds.channels}
            onChange={(groups) => set({ ...layer, groups })}
          />
          {bias(layer)}
        </>
      )
    case 'depthwise':
      return (
        <>
          <WindowOptions {...{ layer, set }} />
          <Stepper
            label={words.multiplier}
            value={layer.multiplier ?? 1}
            least={1}
            most={64}
            onChange={(multiplier) => set({ ...layer, multiplier })}
          />
          {bias(layer)}
        </>
      )
    case 'separable':
      return (
        <>
          <Channels {...{ layer, set }} />
          <WindowOptions {...{ layer, set }} />
          {bias(layer)}
        </>
      )
    case 'transposed':
      return (
        <>
          <Channels {...{ layer, set }} />
          <WindowOptions {...{ layer, set }} />
          <Sides
            name={words.outputPadding}
            value={layer.outputPadding ?? 0}
            least={0}
            most={bounds.stride}
            set={(outputPadding) => set({ ...layer, outputPadding })}
          />
          {bias(layer)}
        </>
      )
    case 'pool':
      return (
        <>
          <WindowOptions {...{ layer, set }} />
          <Switch label={words.ceil} on={layer.ceil === true} onChange={(ceil) => set({ ...layer, ceil })} />
        </>
      )
    case 'global-pool':
      return <PoolKind {...{ layer, set }} />
    case 'adaptive-pool':
      return (
        <>
          <Sides name={words.size} value={layer.size} least={1} most={64} set={(size) => set({ ...layer, size })} />
          <PoolKind {...{ layer, set }} />
        </>
      )
    case 'upsample':
      return (
        <>
          <Sides
            name={words.factor}
            value={layer.factor}
            least={1}
            most={bounds.stride}
            set={(factor) => set({ ...layer, factor })}
          />
          <Choice
            label={words.mode}
            value={layer.mode}
            options={[
              ['nearest', words.nearest],
              ['linear', words.linear],
            ]}
            onChange={(mode) => set({ ...layer, mode })}
          />
        </>
      )
    case 'linear':
      return (
        <>
          <Stepper
            label={words.features}
            value={layer.features}
            least={1}
            most={bounds.features}
            onChange={(features) => set({ ...layer, features })}
          />
          {bias(layer)}
        </>
      )
    case 'elementwise':
      return kindOf(layer) === 'dropout' ? (
        <p class="hint">{words.noOptions}</p>
      ) : (
        <Select
          label={words.activation}
          value={layer.name}
          options={activations.map((name) => [name, name])}
          onChange={(name) => set({ kind: 'elementwise', name })}
        />
      )
    case 'normalisation':
      return <NormOptions {...{ layer, set }} channels={inputShape[inputShape.length - 1]} />
    case 'flatten':
      return <p class="hint">{words.noOptions}</p>
  }
}

interface OptionsOf<L> {
  readonly layer: L
  readonly set: (layer: ChainLayer) => void
}

function NormOptions({
  layer,
  set,
  channels,
}: OptionsOf<Extract<ChainLayer, { kind: 'normalisation' }>> & { readonly channels: number }) {
  const words = shapesMessages()
  return (
    <>
      <Select
        label={words.normalisation}
        value={layer.name}
        options={normalisations.map((name) => [name, words.norms[name]])}
        onChange={(name) => set({ kind: 'normalisation', name })}
      />
      {layer.name === 'gn' && (
        <Stepper
          label={words.groups}
          value={groupsOf(layer, channels)}
          least={1}
          most={channels}
          onChange={(groups) => set({ ...layer, groups })}
        />
      )}
    </>
  )
}

type PoolOf = Extract<ChainLayer, { kind: 'global-pool' | 'adaptive-pool' }>

function PoolKind({ layer, set }: OptionsOf<PoolOf>) {
  const words = shapesMessages()
  return (
    <Choice
      label={words.poolKind}
      value={layer.pool}
      options={[
        ['average', words.average],
        ['max', words.max],
      ]}
      onChange={(pool) => set({ ...layer, pool })}
    />
  )
}

function Channels({ layer, set }: OptionsOf<Extract<ChainLayer, { readonly channels: number }>>) {
  const words = shapesMessages()
  return (
    <Stepper
      label={words.outputChannels}
      value={layer.channels}
      least={1}
      most={bounds.channels}
      onChange={(channels) => set({ ...layer, channels })}
    />
  )
}

type WindowLayer = Extract<ChainLayer, { readonly kernel: PerAxis }>

function WindowOptions({ layer, set }: OptionsOf<WindowLayer>) {
  const words = shapesMessages()
  const padding = paddingName(layer.padding)
  const usual = ['valid', 'same', 'number'] as const
  // Rarer ones are shown where a text asks for them.
  const options = (usual as readonly string[]).includes(padding) ? usual : [...usual, padding]
  return (
    <>
      <Sides
        name={words.kernel}
        value={layer.kernel}
        least={1}
        most={bounds.kernel}
        set={(kernel) => set({ ...layer, kernel })}
      />
      <Sides
        name={words.stride}
        value={layer.stride ?? (layer.kind === 'pool' ? layer.kernel : 1)}
        least={1}
        most={bounds.stride}
        set={(stride) => set({ ...layer, stride })}
      />
      {(layer.kind !== 'pool' || layer.pool === 'max') && (
        <Sides
          name={words.dilation}
          value={layer.dilation ?? 1}
          least={1}
          most={bounds.dilation}
          set={(dilation) => set({ ...layer, dilation })}
        />
      )}
      <Select
        label={words.padding}
        value={padding}
        options={options.map((name) => [name, words.paddings[name]])}
        onChange={(name) => set({ ...layer, padding: name === 'number' ? 1 : name === 'valid' ? undefined : name })}
      />
      {padding === 'number' && (
        <Sides
          name={words.paddingSize}
          value={[layer.padding].flat(2) as number[]}
          least={0}
          most={bounds.padding}
          set={(size) => set({ ...layer, padding: size })}
        />
      )}
    </>
  )
}

interface SidesProps {
  readonly name: string
  readonly value: PerAxis
  readonly least: number
  readonly most: number
  readonly set: (value: PerAxis) => void
}

/** One number for both axes, or one for each where they differ. */
function Sides({ name, value, least, most, set }: SidesProps) {
  const words = shapesMessages()
  const sides = [value].flat()
  if (sides.every((side) => side === sides[0]))
    return <Stepper label={name} value={sides[0]} least={least} most={most} onChange={set} />
  return (
    <>
      {[words.height, words.width].map((axis, i) => (
        <Stepper
          key={axis}
          label={named(name, axis)}
          value={sides[i]}
          least={least}
          most={most}
          onChange={(side) => set(sides.with(i, side))}
        />
      ))}
    </>
  )
}
