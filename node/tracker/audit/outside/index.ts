export * from './ask-outsider.ts'
export * from './outsiders.ts'
