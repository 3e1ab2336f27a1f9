import type { Schema } from '@stackscape/client';
import { useQuery } from '@tanstack/react-query';
import { useClient, useIsAdmin } from './session';

/** The nodes of the Swarm, for administrators; none where there is no Swarm, or while it is not known. */
export function useSwarmNodes(): readonly Schema<'NodeDto'>[] {
  const client = useClient();
  const isAdmin = useIsAdmin();
  const { data = [] } = useQuery({
    queryKey: ['nodes'],
    queryFn: ({ signal }) => client.nodes.list({ signal }),
    enabled: isAdmin,
    staleTime: 10_000,
    retry: false,
  });
  return data.filter(({ role }) => role !== 'engine');
}
