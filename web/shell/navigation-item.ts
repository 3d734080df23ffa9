import type { Icon } from '@tabler/icons-react';

/** A page in the navigation. */
export type NavigationItem = {
  /** Its path, as in the routes. */
  readonly to: string;
  readonly label: string;
  readonly Icon: Icon;
  /** Whether pages below it have links of their own. */
  readonly exact?: boolean;
};
