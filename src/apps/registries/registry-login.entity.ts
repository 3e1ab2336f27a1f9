import { Column, Entity, PrimaryColumn } from 'typeorm';
import { exactText, timeColumn } from '../../platform/database/columns';

/** The login to one registry. */
@Entity('registry_logins')
export class StoredRegistryLogin {
  /** Host of the registry as references of images lead to it, such as `docker.io` or `registry.lan:5000`. */
  @PrimaryColumn({ ...exactText(255), nullable: false })
  registry: string;

  @Column({ type: 'varchar', length: 255 })
  username: string;

  /** Encrypted. */
  @Column({ type: 'blob' })
  sealedPassword: Buffer;

  @Column(timeColumn)
  updatedAt: Date;
}
