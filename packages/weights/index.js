export const classify = new URL('./classify.safetensors', import.meta.url)
