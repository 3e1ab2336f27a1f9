import { useMutation, useQueryClient, type UseMutationResult } from '@tanstack/react-query';
import { useNotices } from './notices';

/** A change whose success and failure are said in the corner, and after which lists are asked for anew. */
export function useChange<Input = void>(
  queryKey: readonly string[],
  change: (input: Input) => Promise<unknown>,
  done: (input: Input) => string,
  onDone: () => void = () => undefined,
): UseMutationResult<unknown, Error, Input> {
  const queries = useQueryClient();
  const notices = useNotices();
  return useMutation({
    mutationFn: change,
    onSuccess: (_, input) => {
      notices.done(done(input));
      onDone();
    },
    onError: (error) => notices.failed(error),
    onSettled: () => queries.invalidateQueries({ queryKey }),
  });
}
