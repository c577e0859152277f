// What the stack starts from: a preset, the picture that goes in, a layer to add, the stack as text.

import { useSignal } from '@preact/signals'
import { parseNetwork } from 'convoke-workbench'
import { useId } from 'preact/hooks'
import { pictureMessages } from '../pictures/messages.ts'
import type { PictureProblem } from '../pictures/open.ts'
import { PictureButton, PictureNotice } from '../pictures/picture-button.tsx'
import { Group, Select, Stepper } from '../ui/fields.tsx'
import { addAfter, freshLayer, type Kind, kinds } from './layers.ts'
import { shapesMessages } from './messages.ts'
import type { ShapesModel } from './model.ts'
import { type PresetName, presetNames, presets } from './presets.ts'
import { bounds, readNetwork, type SampleName, samples, textOf } from './state.ts'

interface PanelProps {
  readonly model: ShapesModel
}

/** Which network, and which picture goes in. */
export function SourceBar({ model }: PanelProps) {
  const words = shapesMessages()
  const text = textOf(model.state.value.network)
  const preset = presetNames.find((name) => textOf(readNetwork(presets[name])!) === text)
  const options: (readonly [PresetName | 'own', string])[] = [
    ...(preset === undefined ? ([['own', words.ownStack]] as const) : []),
    ...presetNames.map((name) => [name, words.presets[name]] as const),
  ]
  return (
    <Select
      label={words.start}
      value={preset ?? 'own'}
      options={options}
      onChange={(name) => {
        if (name !== 'own') model.open(readNetwork(presets[name])!)
      }}
    />
  )
}

export function StackPanel({ model }: PanelProps) {
  const words = shapesMessages()
  const { network } = model.state.value
  const text = textOf(network)
  const [height, width, channels] = network.inputShape
  const setShape = (inputShape: readonly number[]): void => {
    const state = model.state.peek()
    model.state.value = { ...state, network: { ...state.network, inputShape } }
  }
  return (
    <>
      <AddLayer model={model} />
      <Group title={words.input}>
        <div class="pair">
          <Stepper
            label={words.height}
            value={height}
            least={1}
            most={bounds.side}
            onChange={(value) => setShape([value, width, channels])}
          />
          <Stepper
            label={words.width}
            value={width}
            least={1}
            most={bounds.side}
            onChange={(value) => setShape([height, value, channels])}
          />
        </div>
        <Stepper
          label={words.channels}
          value={channels}
          least={1}
          most={bounds.inputChannels}
          onChange={(value) => setShape([height, width, value])}
        />
      </Group>
      <StackText key={text} {...{ model, text }} />
    </>
  )
}

function AddLayer({ model }: PanelProps) {
  const words = shapesMessages()
  const kind = useSignal<Kind>('conv')
  const full = model.state.value.network.layers.length >= bounds.layers
  return (
    <Group title={words.addTitle}>
      <Select
        label={words.addKind}
        value={kind.value}
        options={kinds.map((name) => [name, words.kinds[name]])}
        onChange={(name) => {
          kind.value = name
        }}
      />
      <button
        type="button"
        disabled={full}
        onClick={() => {
          model.state.value = addAfter(model.state.peek(), freshLayer(kind.value))
        }}
      >
        {words.add}
      </button>
      {full && <p class="hint">{words.full(bounds.layers)}</p>}
    </Group>
  )
}

/** Why a text is no stack: the parser says so, or a number is beyond what the page takes. */
function whyNot(text: string, beyond: string): string {
  try {
    parseNetwork(text)
    return beyond
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function StackText({ model, text }: PanelProps & { readonly text: string }) {
  const words = shapesMessages()
  const id = useId()
  const typed = useSignal(text)
  const wrong = useSignal<string | undefined>(undefined)
  const take = (): void => {
    const network = readNetwork(typed.value)
    wrong.value = network === undefined ? whyNot(typed.value, words.textBounds(bounds)) : undefined
    if (network !== undefined && textOf(network) !== text) model.open(network)
  }
  return (
    <Group title={words.asText}>
      <label class="unseen" for={id}>
        {words.asText}
      </label>
      <textarea
        id={id}
        class="text-field stack-text"
        rows={5}
        spellcheck={false}
        autocomplete="off"
        lang="en"
        value={typed.value}
        aria-invalid={wrong.value !== undefined}
        onInput={(event) => {
          typed.value = event.currentTarget.value
        }}
        onBlur={take}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' || event.shiftKey) return
          event.preventDefault()
          take()
        }}
      />
      <p class="hint">{words.textHint}</p>
      {wrong.value !== undefined && (
        <p class="notice" role="alert">
          <span>
            {words.textWrong}
            <span lang="en">{wrong.value}</span>
          </span>
        </p>
      )}
    </Group>
  )
}

export function PicturePanel({ model }: PanelProps) {
  const words = shapesMessages()
  const problem = useSignal<PictureProblem | undefined>(undefined)
  const brought = model.brought.value
  return (
    <div class="picture-source">
      <div class="source-row">
        <Select<SampleName>
          label={words.sample}
          value={model.state.value.sample}
          options={samples.map((name) => [name, words.samples[name]])}
          onChange={(sample) => {
            problem.value = undefined
            model.brought.value = undefined
            model.state.value = { ...model.state.peek(), sample }
          }}
        />
        <PictureButton
          problem={problem}
          onPicture={(pixels) => {
            model.brought.value = pixels
          }}
        />
      </div>
      {brought !== undefined && <p class="hint">{pictureMessages().own(brought.width, brought.height)}</p>}
      <PictureNotice problem={problem} />
    </div>
  )
}
