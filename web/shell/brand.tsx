import { Group, Image, Text } from '@mantine/core';
import { basePath, config } from '../config.ts';

/** The name of the service as it was configured, with its logo. */
export function Brand() {
  return (
    <Group gap="xs" component="span" display="inline-flex" wrap="nowrap">
      {config.logo && <Image src={`${basePath}/${config.logo}`} alt="" h={28} w="auto" />}
      <Text component="span" fw={700} size="lg">
        {config.name}
      </Text>
    </Group>
  );
}
