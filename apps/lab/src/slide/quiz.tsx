import { useSignal } from '@preact/signals'
import { showNumber } from '../words/numbers.ts'
import { change, type SlideModel } from './model.ts'
import { questionMessages } from './question-messages.ts'
import { type Question, questions } from './questions.ts'

interface QuizProps {
  readonly model: SlideModel
  /** Brings what is shown into sight. */
  readonly onShow: () => void
}

export function Quiz({ model, onShow }: QuizProps) {
  const words = questionMessages()
  return (
    <section class="card quiz" aria-labelledby="quiz">
      <h2 id="quiz">{words.title}</h2>
      <p class="note">{words.lead}</p>
      <ol class="questions">
        {questions.map((question) => (
          <QuizItem key={question.id} {...{ model, question, onShow }} />
        ))}
      </ol>
    </section>
  )
}

function QuizItem({ model, question, onShow }: QuizProps & { readonly question: Question }) {
  const words = questionMessages()
  const { ask, why } = words.questions[question.id]
  const given = useSignal<number | undefined>(undefined)
  const right = given.value === question.right
  return (
    <li class="question" data-question={question.id}>
      <p>{ask}</p>
      <div class="answers">
        {question.options.map((option) => (
          <button
            type="button"
            key={option}
            aria-pressed={given.value === option}
            class={given.value === option ? (right ? 'right' : 'wrong') : undefined}
            onClick={() => {
              given.value = option
            }}
          >
            {showNumber(option)}
          </button>
        ))}
      </div>
      <div aria-live="polite">
        {given.value !== undefined && (
          <p class="why">
            <strong>{right ? words.right : words.wrong}</strong> {right && why}
          </p>
        )}
      </div>
      {given.value !== undefined && (
        <button
          type="button"
          class="quiet"
          onClick={() => {
            model.playing.value = false
            change(model, { ...question.shown, place: 0, channel: 0 })
            onShow()
          }}
        >
          {words.show}
        </button>
      )}
    </li>
  )
}
