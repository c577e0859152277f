// The network and how it is trained, as they are chosen.

import { wholeText } from '../train/formats.ts'
import { Choice, Group, Select, Stepper, Switch } from '../ui/fields.tsx'
import { segmentMessages } from './messages.ts'
import type { Segmenter } from './model.ts'
import {
  batchSizes,
  depths,
  exampleCounts,
  kernels,
  lossNames,
  mostEpochs,
  rates,
  type SegmentSettings,
  sides,
  skipChoices,
  widths,
} from './settings.ts'

type Numbers = 'depth' | 'width' | 'kernel' | 'rate' | 'batch' | 'examples' | 'side'

const squared = (side: number): string => `${side}×${side}`

export function SettingsPanel({ model }: { readonly model: Segmenter }) {
  const words = segmentMessages()
  const settings = model.settings.value
  const opened = model.opened.value
  const set = (change: Partial<SegmentSettings>): void => {
    model.settings.value = { ...model.settings.peek(), ...change }
  }
  const select = (name: Numbers, values: readonly number[], text: (value: number) => string = String) => (
    <Select
      label={words.fields[name]}
      value={String(settings[name])}
      options={values.map((value) => [String(value), text(value)] as const)}
      onChange={(value) => set({ [name]: Number(value) })}
    />
  )
  return (
    <section class="card settings-panel" aria-labelledby="settings-title">
      <h2 id="settings-title">{words.network}</h2>
      <Choice
        label={words.skips}
        value={settings.skips}
        options={skipChoices.map((name) => [name, words.skipChoices[name]] as const)}
        onChange={(skips) => set({ skips })}
      />
      <p class="hint">{settings.skips === 'both' ? words.skipsBoth : words.skipsNote}</p>
      <Group title={words.layers}>
        <div class="pair">
          {select('depth', depths)}
          {select('width', widths)}
        </div>
        {select('kernel', kernels, squared)}
      </Group>
      <Group title={words.training}>
        <Choice
          label={words.loss}
          value={settings.loss}
          options={lossNames.map((name) => [name, words.losses[name]] as const)}
          onChange={(loss) => set({ loss })}
        />
        <p class="hint">{words.lossNotes[settings.loss]}</p>
        <div class="pair">
          {select('rate', rates)}
          {select('batch', batchSizes)}
        </div>
        <Stepper
          label={words.epochs}
          value={settings.epochs}
          least={1}
          most={mostEpochs}
          onChange={(epochs) => set({ epochs })}
        />
      </Group>
      <Group title={words.pictures}>
        <div class="pair">
          {select('examples', exampleCounts, wholeText)}
          {select('side', sides, squared)}
        </div>
        <Switch label={words.flip} on={settings.flip} onChange={(flip) => set({ flip })} />
      </Group>
      {opened !== undefined && (
        <p class="hint" data-fact="counts">
          {words.held(wholeText(opened.counts.train), wholeText(opened.counts.test))}
        </p>
      )}
      {opened?.networks.map(({ skips, parameters, macs }) => (
        <p key={String(skips)} class="hint" data-fact={skips ? 'cost-with' : 'cost-without'}>
          {words.cost(words.skipName(skips), wholeText(parameters), wholeText(macs))}
        </p>
      ))}
      <p class="hint">{words.changesReset}</p>
    </section>
  )
}
