// SPDX-License-Identifier: GPL-2.0
// Registers the virtio-mmio devices that the emulator names on the kernel's command line, virtio_mmio.device=SIZE@BASE:IRQ: what a kernel built with
// CONFIG_VIRTIO_MMIO_CMDLINE_DEVICES does by itself. Only the emulated enclave has this module; a real one has a kernel that needs none.
#include <linux/module.h>
#include <linux/platform_device.h>

static char *device[32];
static int count;
module_param_array(device, charp, &count, 0400);
static struct platform_device *registered[32];

static int __init virtio_mmio_cmdline_init(void)
{
	int i;

	for (i = 0; i < count; i++) {
		unsigned long long base;
		unsigned int irq;
		char *rest;
		unsigned long long size = memparse(device[i], &rest);
		struct resource resources[2] = {};

		if (sscanf(rest, "@%lli:%u", &base, &irq) != 2) {
			pr_err("virtio_mmio_cmdline: no device: %s\n", device[i]);
			continue;
		}
		resources[0] = (struct resource)DEFINE_RES_MEM(base, size);
		resources[1] = (struct resource)DEFINE_RES_IRQ(irq);
		registered[i] = platform_device_register_resndata(NULL, "virtio-mmio", i, resources, 2, NULL, 0);
		if (IS_ERR(registered[i]))
			return PTR_ERR(registered[i]);
	}
	return 0;
}
module_init(virtio_mmio_cmdline_init);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("virtio-mmio devices from the kernel's command line");
