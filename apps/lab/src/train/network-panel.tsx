// The network and how it is trained, as they are chosen.

import { useSignal } from '@preact/signals'
import { Group, Select, Stepper, Switch } from '../ui/fields.tsx'
import { wholeText } from './formats.ts'
import { trainMessages } from './messages.ts'
import type { Trainer } from './model.ts'
import { batchSizes, counts, depths, kernels, mostEpochs, rates, type TrainSettings } from './settings.ts'
import type { Opened } from './task.ts'

type Numbers = 'kernel' | 'count' | 'depth' | 'rate' | 'batch'

export function NetworkPanel({ trainer }: { readonly trainer: Trainer }) {
  const words = trainMessages()
  const settings = trainer.settings.value
  const set = (change: Partial<TrainSettings>): void => {
    trainer.settings.value = { ...trainer.settings.peek(), ...change }
  }
  const select = (name: Numbers, values: readonly number[], text: (value: number) => string = String) => (
    <Select
      label={words[name]}
      value={String(settings[name])}
      options={values.map((value) => [String(value), text(value)] as const)}
      onChange={(value) => set({ [name]: Number(value) })}
    />
  )
  return (
    <section class="card network-panel" aria-labelledby="network-title">
      <h2 id="network-title">{words.network}</h2>
      <Group title={words.layers}>
        <div class="pair">
          {select('kernel', kernels, (side) => `${side}×${side}`)}
          {select('depth', depths)}
        </div>
        {select('count', counts)}
      </Group>
      <Group title={words.training}>
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
        <Switch label={words.augment} on={settings.augment} onChange={(augment) => set({ augment })} />
      </Group>
      <p class="hint">{words.changesReset}</p>
      <Layers trainer={trainer} />
    </section>
  )
}

const shapeText = (shape: readonly number[]): string => shape.join('×')

function Layers({ trainer }: { readonly trainer: Trainer }) {
  const words = trainMessages()
  const open = useSignal(false)
  const opened = trainer.opened.value
  if (opened === undefined) return null
  return (
    <details
      class="layers"
      onToggle={(event) => {
        open.value = event.currentTarget.open
      }}
    >
      <summary>{words.total(wholeText(opened.parameters), wholeText(opened.macs))}</summary>
      {open.value && <LayerTable layers={opened.layers} />}
    </details>
  )
}

function LayerTable({ layers }: Pick<Opened, 'layers'>) {
  const words = trainMessages()
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">{words.layer}</th>
          <th scope="col" class="number">
            {words.parameters}
          </th>
          <th scope="col" class="number">
            {words.macs}
          </th>
        </tr>
      </thead>
      <tbody>
        {layers.map((layer, i) => (
          <tr key={i}>
            <th scope="row" lang="en">
              {layer.kind}
              <span class="detail">
                {layer.detail} → {shapeText(layer.shape)}
              </span>
            </th>
            <td class="number">{layer.parameters === 0 ? '' : wholeText(layer.parameters)}</td>
            <td class="number">{layer.macs === 0 ? '' : wholeText(layer.macs)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
