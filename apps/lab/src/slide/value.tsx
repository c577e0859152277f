// A number in its cell.

export const Value = ({ text }: { readonly text: string }) => (
  <span class="value" style={{ '--length': text.length }}>
    {text}
  </span>
)
