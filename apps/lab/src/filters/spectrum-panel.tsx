import { PixelCanvas } from '../pictures/canvas.tsx'
import { Switch } from '../ui/fields.tsx'
import { named } from '../words/phrases.ts'
import { filtersMessages } from './messages.ts'
import type { FiltersModel } from './model.ts'

export function SpectrumPanel({ model }: { readonly model: FiltersModel }) {
  const words = filtersMessages()
  const spectra = model.answer.value?.spectra
  return (
    <section class="card spectrum" aria-labelledby="spectrum">
      <h2 id="spectrum">{words.spectrum}</h2>
      <p class="note">{words.spectrumHint}</p>
      <Switch
        label={words.showSpectrum}
        on={model.spectra.value}
        onChange={(on) => {
          model.spectra.value = on
        }}
      />
      {model.spectra.value && (
        <div class="spectrum-parts">
          {(
            [
              [words.before, spectra?.before],
              [words.response, spectra?.kernel],
              [words.after, spectra?.after],
            ] as const
          ).map(([name, pixels]) => (
            <figure key={name}>
              <PixelCanvas pixels={pixels} label={named(words.spectrum, name)} />
              <figcaption>{name}</figcaption>
            </figure>
          ))}
        </div>
      )}
    </section>
  )
}
