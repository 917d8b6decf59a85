package main

import (
	"fmt"
	"net/url"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
	"go.etcd.io/etcd/server/v3/embed"
)

// newEtcdCommand is a single-member etcd. The upstream command is not importable as a command, so this embeds the
// server with the four settings a lab needs.
func newEtcdCommand() *cobra.Command {
	var dataDir, clientURL, peerURL string
	var unsafeNoFsync bool
	command := &cobra.Command{
		Use:   "etcd",
		Short: "One etcd member",
		RunE: func(*cobra.Command, []string) error {
			config, err := etcdConfig(dataDir, clientURL, peerURL)
			if err != nil {
				return err
			}
			config.UnsafeNoFsync = unsafeNoFsync
			return runEtcd(config)
		},
	}
	flags := command.Flags()
	flags.StringVar(&dataDir, "data-dir", "default.etcd", "folder of the database")
	flags.StringVar(&clientURL, "listen-client-urls", "http://127.0.0.1:2379", "address for clients")
	flags.StringVar(&peerURL, "listen-peer-urls", "http://127.0.0.1:2380", "address for peers")
	flags.BoolVar(&unsafeNoFsync, "unsafe-no-fsync", false, "do not wait for the disk: loses data on a power cut of the whole machine")
	return command
}

func etcdConfig(dataDir, clientURL, peerURL string) (*embed.Config, error) {
	client, err := url.Parse(clientURL)
	if err != nil {
		return nil, err
	}
	peer, err := url.Parse(peerURL)
	if err != nil {
		return nil, err
	}
	config := embed.NewConfig()
	config.Name, config.Dir, config.LogLevel = "cp", dataDir, "warn"
	config.ListenClientUrls, config.AdvertiseClientUrls = []url.URL{*client}, []url.URL{*client}
	config.ListenPeerUrls, config.AdvertisePeerUrls = []url.URL{*peer}, []url.URL{*peer}
	config.InitialCluster = config.InitialClusterFromName(config.Name)
	return config, nil
}

// runEtcd returns when the server fails or the process is asked to end.
func runEtcd(config *embed.Config) error {
	server, err := embed.StartEtcd(config)
	if err != nil {
		return err
	}
	<-server.Server.ReadyNotify()
	fmt.Println("etcd is ready on", config.ListenClientUrls[0].String())
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	select {
	case <-stop:
		server.Close()
		return nil
	case err := <-server.Err():
		return err
	}
}
