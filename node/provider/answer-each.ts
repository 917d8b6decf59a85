/**
 * Answers to questions about many things, each of which answers for itself: one that fails leaves the others as they are.
 *
 * @module
 */
import { LunarError } from '@lunarx/core/model'
import type { Log } from '@lunarx/runtime/log'
import { refusalOf, type Refusal } from '@lunarx/wire'

/** In the order of the items. A failure that is none of ours is a defect: it is logged, and answered as INTERNAL. */
export function answerEach<Item, Answer>(
  items: readonly Item[],
  answer: (item: Item) => Promise<Answer>,
  log: Log,
): Promise<(Answer | { refusal: Refusal })[]> {
  return Promise.all(
    items.map(async (item) => {
      try {
        return await answer(item)
      } catch (error) {
        if (error instanceof LunarError) return { refusal: refusalOf(error) }
        log.error('the answer for one of many failed', { error })
        return { refusal: refusalOf(new LunarError('INTERNAL', 'the peer failed to answer')) }
      }
    }),
  )
}
