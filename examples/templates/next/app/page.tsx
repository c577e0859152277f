import { Edges } from './edges'

export default function Page() {
  return (
    <main>
      <h1>Edges</h1>
      <Edges />
    </main>
  )
}
